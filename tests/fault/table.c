/* SPDX-License-Identifier: MIT */
/*
 * Which errors each call can have. Left out are errors that say of the machine what is not so (ENOENT for a
 * group that is there and is removed, EEXIST for one that is not): the next call contradicts them. Left in
 * is ENOENT for what is opened or looked at, since a machine without that file is a machine, too. EFAULT, and
 * EBADF of a descriptor that was just opened, are no faults of a machine. is_plausible() drops what the
 * kernel does not answer for that kind of file.
 */
#include "fault.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#define NONE -1
#define CANNOT_FAIL \
	{           \
		0   \
	}

static const struct call_rule rules[] = {
	/* files: permissions, links, the tables of descriptors of process and machine, memory, the medium */
	{SYS_open, "open", 0, NONE, "open|read", {EACCES, ENOENT, EMFILE, ENFILE, ENOMEM, EIO, EINTR}, false},
	{SYS_openat,
	 "openat",
	 1,
	 0,
	 "open|read",
	 {EACCES, ENOENT, EMFILE, ENFILE, ENOMEM, EIO, EINTR},
	 false},
	{SYS_openat2,
	 "openat2",
	 1,
	 0,
	 "open|read",
	 {EACCES, ENOENT, ENOSYS, EPERM, EMFILE, ENFILE, ENOMEM, EAGAIN},
	 false},
	{SYS_stat, "stat", 0, NONE, "stat", {EACCES, ENOENT, ENOMEM, EIO}, false},
	{SYS_lstat, "lstat", 0, NONE, "stat", {EACCES, ENOENT, ENOMEM, EIO}, false},
	{SYS_newfstatat, "newfstatat", 1, 0, "stat|look at", {EACCES, ENOENT, ENOMEM, EIO}, false},
	{SYS_statx, "statx", 1, 0, "stat", {EACCES, ENOENT, ENOMEM, EIO}, false},
	{SYS_fstat, "fstat", NONE, 0, "stat|look at", {EIO, ENOMEM}, false},
	{SYS_statfs, "statfs", 0, NONE, "stat|file system", {EACCES, ENOENT, ENOMEM, EIO, ENOSYS}, false},
	{SYS_fstatfs, "fstatfs", NONE, 0, "stat|file system", {EIO, ENOMEM, ENOSYS}, false},
	{SYS_access, "access", 0, NONE, "access|execute", {EACCES, ENOENT, EROFS, ENOMEM, EIO}, false},
	{SYS_faccessat, "faccessat", 1, 0, "access|execute", {EACCES, ENOENT, EROFS, ENOMEM, EIO}, false},
	{SYS_faccessat2,
	 "faccessat2",
	 1,
	 0,
	 "access|execute|write to|look at",
	 {EACCES, ENOENT, ENOSYS, ENOMEM, EIO},
	 false},
	{SYS_readlink, "readlink", 0, NONE, "read", {EACCES, ENOENT, ENOMEM, EIO}, false},
	{SYS_readlinkat, "readlinkat", 1, 0, "read", {EACCES, ENOENT, ENOMEM, EIO}, false},
	{SYS_memfd_create, "memfd_create", NONE, NONE, "seccomp", {EMFILE, ENFILE, ENOMEM}, false},
	{SYS_getcwd, "getcwd", NONE, NONE, "directory", {ENOENT, ENOMEM}, false},
	/* a cgroup file of a group that is gone is ENODEV, a process' file ESRCH */
	{SYS_read, "read", NONE, 0, "read", {EIO, EINTR, ENOMEM, ENODEV}, false},
	{SYS_pread64, "pread64", NONE, 0, "read", {EIO, EINTR, ENOMEM, ENODEV}, false},
	{SYS_getdents64, "getdents64", NONE, 0, "read|list", {EIO, EINTR, ENOMEM, ENOENT}, false},
	{SYS_write,
	 "write",
	 NONE,
	 0,
	 "write",
	 {EIO, EINTR, EPIPE, ENOSPC, ENOMEM, EACCES, EPERM, EBUSY, EINVAL, ENODEV},
	 false},
	{SYS_pwrite64,
	 "pwrite64",
	 NONE,
	 0,
	 "write",
	 {EIO, EINTR, ENOSPC, ENOMEM, EACCES, EPERM, EBUSY, EINVAL, ENODEV, ESRCH, EOPNOTSUPP},
	 false},
	{SYS_writev, "writev", NONE, 0, "write", {EIO, EINTR, EPIPE, ENOSPC}, false},
	{SYS_lseek, "lseek", NONE, 0, "seek", {ESPIPE, EINVAL}, false},
	/* Linux has closed the descriptor, whatever it answers (close(2)) */
	{SYS_close, "close", NONE, 0, "close", {EIO, EINTR, ENOSPC}, true},
	{SYS_mkdir,
	 "mkdir",
	 0,
	 NONE,
	 "make|create",
	 {EACCES, EPERM, EROFS, ENOSPC, ENOMEM, EAGAIN, EMLINK},
	 false},
	{SYS_mkdirat,
	 "mkdirat",
	 1,
	 0,
	 "make|create",
	 {EACCES, EPERM, EROFS, ENOSPC, ENOMEM, EAGAIN, EMLINK},
	 false},
	{SYS_rmdir, "rmdir", 0, NONE, "remove", {EACCES, EPERM, EROFS, EBUSY, ENOMEM}, false},
	{SYS_unlink, "unlink", 0, NONE, "remove", {EACCES, EPERM, EROFS, EBUSY, ENOMEM}, false},
	{SYS_unlinkat, "unlinkat", 1, 0, "remove", {EACCES, EPERM, EROFS, EBUSY, ENOMEM}, false},
	{SYS_rename, "rename", 0, NONE, "rename", {EACCES, EPERM, EROFS, ENOSPC, ENOMEM}, false},
	{SYS_renameat2, "renameat2", 1, 0, "rename", {EACCES, EPERM, EROFS, ENOSPC, ENOMEM}, false},
	{SYS_fchmod, "fchmod", NONE, 0, "mode", {EPERM, EROFS, EIO, ENOMEM}, false},
	{SYS_fchmodat, "fchmodat", 1, 0, "mode", {EPERM, EROFS, EIO, ENOMEM}, false},
	{SYS_fchown, "fchown", NONE, 0, "owner|give", {EPERM, EROFS, EIO, EINVAL, EDQUOT}, false},
	{SYS_fchownat, "fchownat", 1, 0, "owner|give", {EPERM, EROFS, EIO, EINVAL, EDQUOT}, false},
	{SYS_flock, "flock", NONE, 0, "lock", {EWOULDBLOCK, EINTR, ENOLCK}, false},
	{SYS_getxattr, "getxattr", 0, NONE, "capabilities", {ENODATA, EOPNOTSUPP, EACCES, ENOMEM}, false},
	{SYS_fgetxattr, "fgetxattr", NONE, 0, "mark", {EACCES, ENOMEM}, false},
	{SYS_setxattr, "setxattr", 0, NONE, "mark", {EPERM, EOPNOTSUPP, ENOSPC, ENOMEM, EROFS}, false},
	{SYS_fsetxattr, "fsetxattr", NONE, 0, "mark", {EPERM, EOPNOTSUPP, ENOSPC, ENOMEM, EROFS}, false},
	{SYS_fremovexattr, "fremovexattr", NONE, 0, "mark", {EPERM, EROFS, ENOMEM}, false},
	{SYS_ioctl, "ioctl", NONE, 0, "terminal", {ENOTTY, EIO}, false},
	/* duplicates are bounded by RLIMIT_NOFILE; a security module refuses others (security_file_fcntl) */
	{SYS_fcntl, "fcntl", NONE, 0, "descriptor|duplicate", {EMFILE, EACCES}, false},
	{SYS_dup2, "dup2", NONE, 0, "descriptor", {EMFILE, EINTR}, false},
	{SYS_dup3, "dup3", NONE, 0, "descriptor", {EMFILE, EINTR}, false},
	{SYS_close_range, "close_range", NONE, NONE, "descriptor", {ENOSYS, EINVAL, EMFILE, ENOMEM}, false},
	{SYS_umask, "umask", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_chdir, "chdir", 0, NONE, "directory", {EACCES, ENOENT, ENOMEM}, false},

	/* memory */
	{SYS_brk, "brk", NONE, NONE, "memory", {ENOMEM}, false},
	{SYS_mmap, "mmap", NONE, NONE, "memory|map segment", {ENOMEM}, false},
	{SYS_mremap, "mremap", NONE, NONE, "memory", {ENOMEM}, false},
	{SYS_munmap, "munmap", NONE, NONE, "memory", {ENOMEM}, false}, /* too many mappings */
	{SYS_mprotect, "mprotect", NONE, NONE, "memory", {ENOMEM}, false},
	{SYS_madvise, "madvise", NONE, NONE, "memory", {ENOMEM, EINVAL}, false},

	/* processes */
	{SYS_clone, "clone", NONE, NONE, "fork|process", {EAGAIN, ENOMEM}, false},
	{SYS_clone3, "clone3", NONE, NONE, "fork|process", {EAGAIN, ENOMEM, ENOSYS}, false},
	{SYS_fork, "fork", NONE, NONE, "fork|process", {EAGAIN, ENOMEM}, false},
	{SYS_vfork, "vfork", NONE, NONE, "fork|process", {EAGAIN, ENOMEM}, false},
	{SYS_execve,
	 "execve",
	 0,
	 NONE,
	 "execute",
	 {EACCES, ENOENT, ENOEXEC, ENOMEM, E2BIG, EIO, EMFILE, ETXTBSY, EPERM, ELIBBAD},
	 false},
	{SYS_wait4, "wait4", NONE, NONE, "wait", {EINTR}, false},
	{SYS_waitid, "waitid", NONE, NONE, "wait", {EINTR}, false},
	{SYS_kill, "kill", NONE, NONE, "signal|kill", {EPERM}, false},
	{SYS_exit, "exit", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_exit_group, "exit_group", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_getpid, "getpid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_getppid, "getppid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_gettid, "gettid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_getpgid, "getpgid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_setsid, "setsid", NONE, NONE, "session", {EPERM}, false},
	{SYS_set_robust_list, "set_robust_list", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_sched_getaffinity, "sched_getaffinity", NONE, NONE, "processors|CPU", {EINVAL}, false},
	{SYS_getrandom, "getrandom", NONE, NONE, "random", {EAGAIN, ENOSYS, EINTR}, false},
	{SYS_uname, "uname", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_sysinfo, "sysinfo", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_clock_gettime, "clock_gettime", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_clock_nanosleep, "clock_nanosleep", NONE, NONE, "", {EINTR}, false},
	{SYS_nanosleep, "nanosleep", NONE, NONE, "", {EINTR}, false},

	/* identity and limits: security modules and seccomp filters from before refuse these; a kernel
	   without one */
	{SYS_getuid, "getuid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_geteuid, "geteuid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_getgid, "getgid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_getegid, "getegid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_getresuid, "getresuid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_getresgid, "getresgid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_getgroups, "getgroups", NONE, NONE, "group", {EINVAL}, false},
	{SYS_setgroups, "setgroups", NONE, NONE, "group", {EPERM, ENOMEM}, false},
	{SYS_setresuid, "setresuid", NONE, NONE, "uid|user id", {EPERM, EAGAIN, ENOMEM, EINVAL}, false},
	{SYS_setresgid, "setresgid", NONE, NONE, "gid|group id", {EPERM, ENOMEM, EINVAL}, false},
	{SYS_setfsuid, "setfsuid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_setfsgid, "setfsgid", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_capget, "capget", NONE, NONE, "capabilit", {EPERM, ENOMEM}, false},
	{SYS_capset, "capset", NONE, NONE, "capabilit", {EPERM, ENOMEM}, false},
	{SYS_prctl, "prctl", NONE, NONE, "capabilit|no_new_privs|privileges", {EPERM, EINVAL}, false},
	{SYS_prlimit64, "prlimit64", NONE, NONE, "RLIMIT_", {EPERM, EINVAL}, false},
	{SYS_getrlimit, "getrlimit", NONE, NONE, "RLIMIT_", {EINVAL}, false},
	{SYS_unshare,
	 "unshare",
	 NONE,
	 NONE,
	 "CLONE_NEWIPC|namespace",
	 {EPERM, ENOSPC, ENOMEM, EINVAL, ENOSYS},
	 false},
	{SYS_seccomp, "seccomp", NONE, NONE, "seccomp", {EACCES, EINVAL, ENOMEM, ENOSYS, EPERM}, false},
	{SYS_ptrace, "ptrace", NONE, NONE, "filter", {EPERM, EACCES}, false},

	/* pipes, sockets, events, signals */
	{SYS_pipe2, "pipe2", NONE, NONE, "pipe", {EMFILE, ENFILE, ENOMEM}, false},
	{SYS_socketpair, "socketpair", NONE, NONE, "socket", {EMFILE, ENFILE, ENOMEM}, false},
	{SYS_socket, "socket", NONE, NONE, "socket", {EMFILE, ENFILE, ENOMEM, EACCES, EAFNOSUPPORT}, false},
	{SYS_bind, "bind", NONE, NONE, "socket|address", {EACCES, EINVAL, ENOMEM}, false},
	{SYS_connect, "connect", NONE, NONE, "connect", {EACCES, ECONNREFUSED, ENOENT, EINTR}, false},
	{SYS_getsockname, "getsockname", NONE, NONE, "socket|address", {ENOBUFS}, false},
	{SYS_sendto, "sendto", NONE, NONE, "send", {ENOBUFS, ENOMEM, EINTR, EPERM}, false},
	{SYS_sendmsg, "sendmsg", NONE, NONE, "send", {ENOBUFS, ENOMEM, EINTR, EPERM}, false},
	{SYS_recvmsg, "recvmsg", NONE, NONE, "receive|read", {ENOBUFS, ENOMEM, EINTR}, false},
	{SYS_recvfrom, "recvfrom", NONE, NONE, "receive|read", {ENOBUFS, ENOMEM, EINTR}, false},
	{SYS_poll, "poll", NONE, NONE, "poll|wait", {EINTR, ENOMEM}, false},
	{SYS_ppoll, "ppoll", NONE, NONE, "poll|wait", {EINTR, ENOMEM}, false},
	{SYS_signalfd4, "signalfd4", NONE, NONE, "signal", {EMFILE, ENFILE, ENOMEM}, false},
	{SYS_rt_sigprocmask, "rt_sigprocmask", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_rt_sigaction, "rt_sigaction", NONE, NONE, "", CANNOT_FAIL, false},
	{SYS_inotify_init1, "inotify_init1", NONE, NONE, "inotify|watch", {EMFILE, ENFILE, ENOMEM}, false},
	{SYS_inotify_add_watch, "inotify_add_watch", 1, NONE, "watch", {ENOSPC, ENOMEM, EACCES}, false},
	{SYS_inotify_rm_watch, "inotify_rm_watch", NONE, 0, "watch", CANNOT_FAIL, false},
	{SYS_pidfd_open, "pidfd_open", NONE, NONE, "process|pid", {EMFILE, ENFILE, ENOMEM, ENOSYS}, false},
	{SYS_eventfd2, "eventfd2", NONE, NONE, "event", {EMFILE, ENFILE, ENOMEM}, false},
	{SYS_timerfd_create, "timerfd_create", NONE, NONE, "timer", {EMFILE, ENFILE, ENOMEM}, false},
};

static bool begins(const char *file, const char *start)
{
	return strncmp(file, start, strlen(start)) == 0;
}

/* What siplaunch has just made and locked, what it holds open, and the files that every machine has do not
 * vanish. */
static bool is_there(const struct call *call)
{
	static const char *const there[] = {"/sys/fs/cgroup/sip.slice", "/run/", "/proc/meminfo"};
	for (size_t i = 0; i < sizeof there / sizeof *there; i++)
		if (begins(call->file, there[i]))
			return true;
	return !call->by_path || strcmp(call->file, "/sys/fs/cgroup") == 0 ||
	       strstr(call->file, "/tests/fault");
}

bool is_plausible(const struct call *call, int errnum)
{
	bool writes = call->number == SYS_write || call->number == SYS_pwrite64;
	bool kernels = begins(call->file, "/proc/") || begins(call->file, "/sys/");
	bool pipe = begins(call->file, "pipe:") || begins(call->file, "anon_inode:");

	if (pipe && (call->number == SYS_read || writes))
		return errnum == EINTR;
	switch (errnum) {
	case ENOENT:
		return !is_there(call) || call->number == SYS_getdents64;
	case ENODEV: /* the group is gone (kernfs_fop_read_iter) */
		return begins(call->file, "/sys/fs/cgroup/");
	case EPIPE:
	case ENOSPC:
		return !(writes && kernels);
	case EBUSY:
	case EINVAL:
	case EACCES:
	case EPERM:
	case ESRCH:
	case EOPNOTSUPP:
		return !writes || kernels;
	default:
		return true;
	}
}

const struct call_rule *rule_of(long number)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].number == number)
			return &rules[i];
	return NULL;
}
