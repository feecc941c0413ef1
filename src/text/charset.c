/* SPDX-License-Identifier: MIT */
#include "text/charset.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* The user's locale, loaded at the first use: a launch that prints nothing does not load it. */
static locale_t user_locale(void)
{
	static locale_t locale;
	if (!locale)
		locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	if (!locale)
		locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	return locale;
}

bool charset_is_utf8(void)
{
	locale_t locale = user_locale();
	return locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
}

locale_t charset_enter(void)
{
	return uselocale(user_locale());
}

void charset_leave(locale_t before)
{
	uselocale(before);
}

/* By the tables of the C library: what has a width, and what combines with the character before it. musl
 * gives a line separator (U+2028) a width, although it is not to be printed. */
static int columns_of(wchar_t character)
{
	int width = iswprint((wint_t)character) ? wcwidth(character) : -1;
	return width > 0 || iswctype((wint_t)character, wctype("combining")) ? width : -1;
}

size_t charset_next(const char *text, int *columns)
{
	unsigned char byte = (unsigned char)*text;
	mbstate_t state = {0};
	wchar_t character;

	*columns = byte >= 0x20 && byte < 0x7f ? 1 : -1;
	if (byte < 0x80 || !charset_is_utf8())
		return 1;
	locale_t before = charset_enter();
	size_t bytes = mbrtowc(&character, text, strnlen(text, MB_LEN_MAX), &state);
	if (bytes <= MB_LEN_MAX)
		*columns = columns_of(character);
	charset_leave(before);
	return *columns < 0 ? 1 : bytes;
}
