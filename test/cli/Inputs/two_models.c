/* two_models.c - a program with two models, which take turns.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Prints the four likeliest tokens behind 1,2,3 of each as `swage run` does.
 */
#include "llama.h"
#include "qwen2.h"
#include <stdio.h>
#include <stdlib.h>
#include <swage/swage.h>

enum { MODELS = 2, COUNT = 4 };

static void check(const swage_status_t *status) {
  if (status->code) {
    fprintf(stderr, "two_models: %s\n", status->message);
    exit(1);
  }
}

int main(void) {
  swage_device_t *device;
  swage_module_t *modules[MODELS];
  swage_session_t *sessions[MODELS];
  swage_sequence_t sequences[MODELS];
  int32_t tokens[MODELS][COUNT], prompt[] = {1, 2, 3};
  swage_status_t status;
  swage_device_create(NULL, &device, &status);
  check(&status);
  llama_create(device, &modules[0], &status);
  check(&status);
  qwen2_create(device, &modules[1], &status);
  check(&status);
  for (int m = 0; m < MODELS; ++m) {
    swage_session_create(modules[m], NULL, &sessions[m], &status);
    check(&status);
    swage_sequence_create(sessions[m], &sequences[m], &status);
    check(&status);
  }
  for (int i = 0; i < COUNT; ++i)
    for (int m = 0; m < MODELS; ++m) {
      swage_matrix_t logits;
      swage_session_append(sessions[m], sequences[m],
                           i ? &tokens[m][i - 1] : prompt, i ? 1 : 3, &logits,
                           &status);
      check(&status);
      tokens[m][i] = 0;
      for (int32_t id = 1; id < (int32_t)logits.columns; ++id)
        if (logits.data[id] > logits.data[tokens[m][i]])
          tokens[m][i] = id;
    }
  for (int m = 0; m < MODELS; ++m) {
    for (int i = 0; i < COUNT; ++i)
      printf("%s%d", i ? " " : "", tokens[m][i]);
    printf("\n");
    swage_session_destroy(sessions[m]);
    swage_module_destroy(modules[m]);
  }
  swage_device_destroy(device);
  return 0;
}
