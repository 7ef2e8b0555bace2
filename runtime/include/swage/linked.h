/* linked.h - models that are part of a program.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * `swage compile --emit=static-lib` writes an archive and a header: kernels are
 * code of the program like any other, schedule and weights are its read-only
 * data. Such a module opens no file and makes no memory executable.
 */
#ifndef SWAGE_LINKED_H
#define SWAGE_LINKED_H

#include "swage/cpu_kernel.h"
#include "swage/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A model in the program's memory. The archive defines one. Archives of older
 * versions define a shorter one, whose later fields have their defaults. */
typedef struct swage_linked_model_t {
  size_t size;
  /* An artifact whose executables have no code, 64 KiB aligned. */
  const void *artifact;
  size_t artifact_size;
  /* The kernels of each executable, best executable first. */
  const swage_cpu_kernel_t *const *executables;
  size_t executable_count;
  size_t kernel_count; /* of each executable */
} swage_linked_model_t;

/* Makes a module of a model that the program was linked with. It checks what
 * swage_module_load_memory checks and picks the first executable that this
 * processor can run. The structure is copied, what it points to is not: that
 * must stay unchanged as long as the module lives. */
SWAGE_API swage_status_code_t swage_module_create_linked(
    swage_device_t *device, const swage_linked_model_t *model,
    swage_module_t **out_module, swage_status_t *status);

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_LINKED_H */
