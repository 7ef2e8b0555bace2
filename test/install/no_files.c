/* no_files.c - runs a program that may neither open files nor make memory
 * executable.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: no_files PROGRAM ARGUMENT...
 *
 * A filter of system calls kills the program (SIGSYS) at the first call that
 * would open a file, map one, or ask for executable memory. The program has to
 * be linked statically: a dynamic one opens its libraries.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIELD(name) (offsetof(struct seccomp_data, name))
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(field))
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* Kills if the accumulator is `value`. */
#define KILL_IF(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), KILL

int main(int argc, char **argv) {
  struct sock_filter filter[] = {
      LOAD(nr),
#ifdef SYS_open
      KILL_IF(SYS_open),
      KILL_IF(SYS_creat),
#endif
      KILL_IF(SYS_openat),
      KILL_IF(SYS_openat2),
      KILL_IF(SYS_open_by_handle_at),
      KILL_IF(SYS_memfd_create),
      KILL_IF(SYS_socket),
      KILL_IF(SYS_pkey_mprotect),
      /* mprotect: no execution. */
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 4),
      LOAD(args[2]),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
      KILL,
      ALLOW,
      /* mmap: no execution and no file, whose number would not be -1. */
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 6),
      LOAD(args[2]),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
      KILL,
      LOAD(args[4]),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffffu, 1, 0),
      KILL,
      ALLOW,
  };
  struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};
  if (argc < 2) {
    fprintf(stderr, "usage: %s PROGRAM ARGUMENT...\n", argv[0]);
    return 2;
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
    perror("no_files: cannot filter system calls");
    return 2;
  }
  execv(argv[1], argv + 1);
  perror(argv[1]);
  return 2;
}
