/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_MARKUP_H
#define SIPLAUNCH_HTML_MARKUP_H
/*
 * Text on a page. Everything that was not written here, such as the names of routers, processes and files,
 * goes through html_text(): whatever is in it, it stays text.
 */
#include <stdio.h>

/* Escaped, for an element and for an attribute in double quotes. NULL prints nothing. */
void html_text(FILE *out, const char *text);

/* <ELEMENT>text</ELEMENT>; `element` may have attributes: "td class=\"number\"". */
void html_element(FILE *out, const char *element, const char *text);

/* <tr> of <th scope="row">name</th><td>text</td>; nothing where the text is NULL. */
void html_fact(FILE *out, const char *name, const char *text);

#endif
