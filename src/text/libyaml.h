/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TEXT_LIBYAML_H
#define SIPLAUNCH_TEXT_LIBYAML_H
/* libyaml, loaded when a manifest is printed. Only yaml.c includes this. */
#include <yaml.h>

#include "base/library.h"

/* Loads it, once. 0, or -1. */
int libyaml_load(struct error *error);

#ifndef SIPLAUNCH_STATIC
#define LIBYAML_FUNCTIONS(EACH)                    \
	EACH(yaml_document_end_event_initialize)   \
	EACH(yaml_document_start_event_initialize) \
	EACH(yaml_emitter_delete)                  \
	EACH(yaml_emitter_emit)                    \
	EACH(yaml_emitter_initialize)              \
	EACH(yaml_emitter_set_output)              \
	EACH(yaml_emitter_set_unicode)             \
	EACH(yaml_emitter_set_width)               \
	EACH(yaml_get_version_string)              \
	EACH(yaml_mapping_end_event_initialize)    \
	EACH(yaml_mapping_start_event_initialize)  \
	EACH(yaml_scalar_event_initialize)         \
	EACH(yaml_sequence_end_event_initialize)   \
	EACH(yaml_sequence_start_event_initialize) \
	EACH(yaml_stream_end_event_initialize)     \
	EACH(yaml_stream_start_event_initialize)

/* The addresses of the loaded functions: one set for the process, like linked symbols. */
extern struct libyaml {
	LIBYAML_FUNCTIONS(LIBRARY_MEMBER)
} libyaml;

#define yaml_document_end_event_initialize   libyaml.yaml_document_end_event_initialize_
#define yaml_document_start_event_initialize libyaml.yaml_document_start_event_initialize_
#define yaml_emitter_delete                  libyaml.yaml_emitter_delete_
#define yaml_emitter_emit                    libyaml.yaml_emitter_emit_
#define yaml_emitter_initialize              libyaml.yaml_emitter_initialize_
#define yaml_emitter_set_output              libyaml.yaml_emitter_set_output_
#define yaml_emitter_set_unicode             libyaml.yaml_emitter_set_unicode_
#define yaml_emitter_set_width               libyaml.yaml_emitter_set_width_
#define yaml_get_version_string              libyaml.yaml_get_version_string_
#define yaml_mapping_end_event_initialize    libyaml.yaml_mapping_end_event_initialize_
#define yaml_mapping_start_event_initialize  libyaml.yaml_mapping_start_event_initialize_
#define yaml_scalar_event_initialize         libyaml.yaml_scalar_event_initialize_
#define yaml_sequence_end_event_initialize   libyaml.yaml_sequence_end_event_initialize_
#define yaml_sequence_start_event_initialize libyaml.yaml_sequence_start_event_initialize_
#define yaml_stream_end_event_initialize     libyaml.yaml_stream_end_event_initialize_
#define yaml_stream_start_event_initialize   libyaml.yaml_stream_start_event_initialize_
#endif

#endif
