/* SPDX-License-Identifier: MIT */
#include "plan/address_space.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "host/program.h"
#include "router/router.h"

/*
 * What both pools may take together. Measured on a 64-bit kernel (6.18, gcc -m32, 18 runs with random
 * layouts): a position-independent program stands in the middle, at 0x56555000, and above it 2,555 to
 * 2,580 MiB are free, with the stack unlimited 2,689; a fixed one has 3,810. Modules and libraries take
 * their part of that. On a 32-bit kernel, whose programs have 3 GiB (x86: TASK_SIZE, PAGE_OFFSET) and stand
 * at two thirds of it, the larger piece is the 2,047 MiB below.
 */
#define POOLS_MIB           2432
#define POOLS_MIB_KERNEL_32 1920

#define PRIVATE_USUAL_MIB 8

static uint64_t room_mib(const struct program_header *program)
{
	return program->kernel_bits == 32 ? POOLS_MIB_KERNEL_32 : POOLS_MIB;
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return !b || a < b ? a : b;
}

static int refuse(const struct context *context, uint64_t shared_mib, uint64_t private_mib, uint64_t room,
		  struct error *error)
{
	cleanup_free char *machine = program_machine_text(context->program);
	error_set(error, 0,
		  "%s is a %s program: -m %" PRIu64 " and -M %" PRIu64 " are %" PRIu64
		  " MiB in its address space, and both pools together may be %" PRIu64
		  " MiB; its code, modules and stacks need the rest",
		  context->router->name, machine, shared_mib, private_mib, shared_mib + private_mib, room);
	if (private_mib + PRIVATE_USUAL_MIB > room && shared_mib + PRIVATE_USUAL_MIB > room)
		return error_hint(error,
				  "lower -M (sizing.private) to %d MiB and -m (sizing.shared) to %" PRIu64
				  " MiB, or install a 64-bit %s",
				  PRIVATE_USUAL_MIB, room - PRIVATE_USUAL_MIB, context->router->name);
	if (private_mib > shared_mib)
		return error_hint(error,
				  "lower -M (sizing.private) to %" PRIu64 " MiB, or install a 64-bit %s",
				  room - shared_mib, context->router->name);
	return error_hint(error, "lower -m (sizing.shared) to %" PRIu64 " MiB, or install a 64-bit %s",
			  room - private_mib, context->router->name);
}

int address_space_limit(const struct context *context, struct budget_request *request, struct error *error)
{
	const struct program_header *program = context->program;

	if (!program || program->kind != PROGRAM_ELF || program->bits != 32)
		return 0;
	uint64_t room = room_mib(program);
	uint64_t shared = request->shared_fixed ? request->shared_bytes / MIB : request->shared_min_mib;
	uint64_t private = request->private_fixed ? request->private_bytes / MIB
						  : context->router->costs->private_max_mib;
	/* an automatic private pool is reduced to make room for a given shared one */
	if (!request->private_fixed && request->shared_fixed) {
		uint64_t min = request->private_min_mib > PRIVATE_MIN_MIB ? request->private_min_mib
									  : PRIVATE_MIN_MIB;
		private = shared + private <= room ? private : shared + min <= room ? room - shared : min;
		request->private_max_mib = lower(private, request->private_max_mib);
	}
	if (shared + private > room)
		return refuse(context, shared, private, room, error);
	request->shared_max_mib = lower(room - private, request->shared_max_mib);
	return 0;
}
