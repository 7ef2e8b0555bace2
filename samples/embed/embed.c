/* embed.c - tokens from an artifact: the least that a program needs.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: embed MODEL.swg
 *
 * A device runs, a module is a loaded artifact, a session holds sequences of
 * tokens and their cache. Every call that can fail returns a code, 0 for
 * success, and puts the reason into its last argument.
 */
#include <stdio.h>
#include <swage/swage.h>

int main(int argc, char **argv) {
  swage_device_t *device;
  swage_module_t *module;
  swage_session_t *session;
  swage_sequence_t sequence;
  swage_status_t status;
  int32_t token = 1; /* many vocabularies begin a text with it */
  if (argc < 2 || swage_device_create(NULL, &device, &status) ||
      swage_module_load_file(device, argv[1], &module, &status) ||
      swage_session_create(module, NULL, &session, &status) ||
      swage_sequence_create(session, &sequence, &status))
    return fprintf(stderr, "%s\n", argc < 2 ? "no model" : status.message), 1;
  for (int i = 0; i < 16; ++i) {
    swage_matrix_t logits; /* one row: for the token that comes next */
    if (swage_session_append(session, sequence, &token, 1, &logits, &status))
      return fprintf(stderr, "%s\n", status.message), 1;
    token = 0;
    for (int32_t id = 1; id < (int32_t)logits.columns; ++id)
      token = logits.data[id] > logits.data[token] ? id : token;
    printf("%d\n", token);
  }
  /* Each keeps what it was made from, so the order does not matter. */
  swage_device_destroy(device);
  swage_module_destroy(module);
  swage_session_destroy(session);
  return 0;
}
