/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HTML_MARKUP_H
#define SIPLAUNCH_HTML_MARKUP_H
/*
 * Text on a page. All text from outside siplaunch, such as the names of routers, processes and files, goes
 * through html_text(), so that it cannot become markup.
 */
#include <stdio.h>

/* Writes escaped text, for an element or an attribute in double quotes. NULL writes nothing. */
void html_text(FILE *out, const char *text);

/* <ELEMENT>text</ELEMENT>; `element` may have attributes: "td class=\"number\"". */
void html_element(FILE *out, const char *element, const char *text);

/* <tr> of <th scope="row">name</th><td>text</td>; writes nothing if the text is NULL. */
void html_fact(FILE *out, const char *name, const char *text);

#endif
