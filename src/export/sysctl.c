/* SPDX-License-Identifier: MIT */
#include "export/export.h"

#include "base/alloc.h"

void export_sysctl(struct export *export)
{
	for (size_t i = 0; i < export->count; i++)
		if (export->items[i].text)
			export_line(export, xstrdup(export->items[i].text), export_comment(export, i));
}
