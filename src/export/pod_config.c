/* SPDX-License-Identifier: MIT */
/* The router's configuration and directories: a pod's volumes, and the ConfigMap or Secret of the files. */
#include "export/pod.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "base/shell.h"
#include "base/text.h"

#define CONFIG_VOLUME "config"
#define RUN_VOLUME    "run"
#define TMP_VOLUME    "tmp"

static char *plain_key(const char *path)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	char *key = xstrdup(path_base_name(path));
	for (char *c = key; *c; c++)
		if (!strchr(allowed, *c))
			*c = '-';
	return key;
}

/* A key of a ConfigMap: letters, digits, "-", "_", "."; with a number if another file has the same key.
 * Caller frees. */
static char *key_of(const struct export_request *request, size_t index)
{
	char *key = plain_key(request->file_count ? request->files[index].target : request->config);
	for (size_t i = 0; i < index; i++) {
		cleanup_free char *other = plain_key(request->files[i].target);
		if (strcmp(other, key) == 0) {
			cleanup_free char *plain = key;
			return xasprintf("%zu-%s", index, plain);
		}
	}
	return key;
}

/* Whether the manifest includes the configuration: all of its files or none. */
static bool carries_configuration(const struct export_request *request)
{
	for (size_t i = 0; i < request->file_count; i++)
		if (!request->files[i].text)
			return false;
	return request->file_count > 0;
}

static const struct export_file *file_with_secret(const struct export_request *request)
{
	for (size_t i = 0; i < request->file_count; i++)
		if (request->files[i].secret_line)
			return &request->files[i];
	return NULL;
}

static size_t config_count(const struct export_request *request)
{
	return request->file_count ? request->file_count : request->config != NULL;
}

/* Mounts each file separately, so that the image's other files in that directory stay visible. */
void pod_mount_configuration(json_t *mounts, const struct export_request *request)
{
	for (size_t i = 0; i < config_count(request); i++) {
		cleanup_free char *key = key_of(request, i);
		pod_append(mounts, json_pack("{s:s, s:s, s:s, s:b}", "name", CONFIG_VOLUME, "mountPath",
					     request->file_count ? request->files[i].target : request->config,
					     "subPath", key, "readOnly", 1));
	}
}

void pod_mount_directories(json_t *mounts, const struct export *export)
{
	cleanup_free char *run = export_run_directory(export);
	if (!export_knows_router(export))
		return;
	if (run)
		pod_append(mounts, json_pack("{s:s, s:s}", "name", RUN_VOLUME, "mountPath", run));
	pod_append(mounts, json_pack("{s:s, s:s}", "name", TMP_VOLUME, "mountPath", "/tmp"));
}

/* "kubectl create configmap kamailio-config --from-file=kamailio.cfg=/etc/kamailio/kamailio.cfg". Caller
 * frees. */
static char *create_command(const struct export_request *request)
{
	bool secret = file_with_secret(request) != NULL;
	char *text = xasprintf("kubectl create %s %s-config", secret ? "secret generic" : "configmap",
			       request->name);
	for (size_t i = 0; i < config_count(request); i++) {
		cleanup_free char *key = key_of(request, i);
		cleanup_free char *both = xasprintf(
			"%s=%s", key, request->file_count ? request->files[i].source : request->config);
		cleanup_free char *word = shell_quote(both);
		cleanup_free char *option = xasprintf("--from-file=%s", word);
		text = shell_join(text, option);
	}
	return text;
}

/* The volume that has its files; if the manifest does not include them, with the command that creates it. */
static json_t *config_volume(const struct export_request *request)
{
	cleanup_free char *name = xasprintf("%s-config", request->name);
	json_t *volume =
		file_with_secret(request)
			? json_pack("{s:s, s:{s:s}}", "name", CONFIG_VOLUME, "secret", "secretName", name)
			: json_pack("{s:s, s:{s:s}}", "name", CONFIG_VOLUME, "configMap", "name", name);
	cleanup_free char *named = export_named(request);
	if (carries_configuration(request)) {
		if (named)
			pod_comment(json_checked(volume), "", named);
		return volume;
	}
	cleanup_free char *command = create_command(request);
	cleanup_free char *text = xasprintf(
		"the router's configuration is not in this file (it could not be read here, is not UTF-8, "
		"or is larger than 1 MiB, the maximum of a ConfigMap): make it before the pod:\n%s%s%s",
		command, named ? "\n" : "", named ? named : "");
	pod_comment(json_checked(volume), "", text);
	return volume;
}

void pod_volumes_of_router(json_t *volumes, const struct export *export)
{
	if (config_count(export->request))
		pod_append(volumes, config_volume(export->request));
	cleanup_free char *run = export_run_directory(export);
	if (!export_knows_router(export))
		return;
	if (run)
		pod_append(volumes,
			   json_pack("{s:s, s:{s:s}}", "name", RUN_VOLUME, "emptyDir", "sizeLimit", "64Mi"));
	pod_append(volumes, json_pack("{s:s, s:{s:s}}", "name", TMP_VOLUME, "emptyDir", "sizeLimit", "64Mi"));
}

json_t *pod_config(const struct export *export)
{
	const struct export_request *request = export->request;
	const struct export_file *secret = file_with_secret(request);
	cleanup_free char *name = xasprintf("%s-config", request->name);
	if (!carries_configuration(request))
		return NULL;
	json_t *data = json_checked(json_object());
	for (size_t i = 0; i < request->file_count; i++) {
		cleanup_free char *key = key_of(request, i);
		json_put(data, key, json_string(request->files[i].text));
	}
	json_t *object = json_checked(json_pack("{s:s, s:s, s:{s:s, s:o}}", "apiVersion", "v1", "kind",
						secret ? "Secret" : "ConfigMap", "metadata", "name", name,
						"labels", pod_labels(export)));
	cleanup_free char *text =
		secret ? xasprintf(
				 "the router's configuration; line %u of %s seems to have a password in it: "
				 "keep this file as secret as that one",
				 secret->secret_line, secret->source)
		       : xstrdup("the router's configuration, and what it includes; siplaunch found no "
				 "password in it; put a configuration with a password into a Secret");
	pod_commented(object, secret ? "stringData" : "data", data, text);
	return object;
}
