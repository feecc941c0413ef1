/* SPDX-License-Identifier: MIT */
#include "html/page.h"

#include "html/markup.h"

/* Made by the build of page.css and page.js: their texts, and their hashes for the browser's check. */
#include "html/page.css.h"
#include "html/page.js.h"

/* The page loads nothing, sends no form, and runs only siplaunch's script. */
#define POLICY                                                                                           \
	"default-src 'none'; style-src 'sha256-" PAGE_CSS_SHA256 "'; script-src 'sha256-" PAGE_JS_SHA256 \
	"'; base-uri 'none'; form-action 'none'"

void page_begin(struct page *page, const char *title)
{
	FILE *out = page->out;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", out);
	fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n", out);
	fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n", out);
	fputs("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n",
	      out);
	html_element(out, "title", title);
	fputs("\n<style>" PAGE_CSS "</style>\n</head>\n<body>\n<div class=\"page\">\n<header>", out);
	html_element(out, "h1", title);
	fputs("</header>\n<main>\n", out);
}

void page_end(const struct page *page)
{
	FILE *out = page->out;

	fputs("</main>\n<footer>Made by siplaunch " SIPLAUNCH_VERSION
	      ". This file is complete: it loads nothing.</footer>\n",
	      out);
	fputs("</div>\n<script>" PAGE_JS "</script>\n</body>\n</html>\n", out);
}
