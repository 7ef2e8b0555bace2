/* linked.c - a program that has its model in it, and opens no file.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: linked TOKEN...
 *
 * `swage compile --emit=static-lib -o libtinytext.a` made tinytext.h. Prints
 * the 16 likeliest tokens behind those of the call.
 */
#include "tinytext.h"
#include <stdio.h>
#include <stdlib.h>
#include <swage/swage.h>

enum { MAX_PROMPT = 256, COUNT = 16 };

static int fail(const swage_status_t *status) {
  fprintf(stderr, "linked: %s\n", status->message);
  return 1;
}

int main(int argc, char **argv) {
  swage_device_t *device;
  swage_module_t *module;
  swage_session_t *session;
  swage_sequence_t sequence;
  swage_session_options_t options = swage_session_options_default();
  swage_status_t status;
  int32_t tokens[MAX_PROMPT];
  size_t count = 0;
  for (; (int)count + 1 < argc && count < MAX_PROMPT; ++count)
    tokens[count] = atoi(argv[count + 1]);
  if (count == 0) {
    fprintf(stderr, "usage: %s TOKEN... (below %d)\n", argv[0],
            TINYTEXT_VOCAB_SIZE);
    return 2;
  }

  options.entry_point = TINYTEXT_ENTRY_POINT_FORWARD;
  options.context = MAX_PROMPT + COUNT;
  if (swage_device_create(NULL, &device, &status) ||
      tinytext_create(device, &module, &status) ||
      swage_session_create(module, &options, &session, &status) ||
      swage_sequence_create(session, &sequence, &status))
    return fail(&status);
  for (int i = 0; i < COUNT; ++i) {
    swage_matrix_t logits;
    if (swage_session_append(session, sequence, tokens, count, &logits,
                             &status))
      return fail(&status);
    int32_t best = 0;
    for (int32_t id = 1; id < (int32_t)logits.columns; ++id)
      if (logits.data[id] > logits.data[best])
        best = id;
    printf("%d\n", best);
    tokens[0] = best;
    count = 1;
  }
  swage_session_destroy(session);
  swage_module_destroy(module);
  swage_device_destroy(device);
  return 0;
}
