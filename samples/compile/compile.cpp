//===- compile.cpp - The compiler inside a program ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: compile MODEL OUTPUT.swg [TARGET...]
//
// Needs no header of LLVM or MLIR.

#include "swage/compiler.hpp"
#include "swage/swage.hpp"
#include <cstdio>

/// What came out, as the runtime sees it.
static bool describe(const char *path) {
  swage::Status status;
  swage::Device device = swage::Device::open({}, status);
  swage::Module module = swage::Module::load(device, path, status);
  if (!status) {
    fprintf(stderr, "%s: %s\n", path, status.message());
    return false;
  }
  printf("%s: %s for %s, %u tokens\n", path, module.info().architecture,
         module.info().target, module.info().vocab_size);
  return true;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s MODEL OUTPUT.swg [TARGET...]\n", argv[0]);
    return 2;
  }
  swage::compiler::Options options;
  options.model = argv[1];
  options.output = argv[2];
  options.targets.assign(argv + 3, argv + argc);
  options.progress = [&](const swage::compiler::Progress &progress) {
    // Stages first; then each weight, with bytes.
    if (progress.bytes_total == 0)
      fprintf(stderr, "%s\n", progress.what);
    else if (progress.bytes_done == progress.bytes_total)
      fprintf(stderr, "%llu bytes of weights\n",
              (unsigned long long)progress.bytes_total);
  };

  std::vector<swage::compiler::Diagnostic> diagnostics;
  auto result = swage::compiler::compile(options, diagnostics);
  for (const swage::compiler::Diagnostic &diagnostic : diagnostics)
    fprintf(stderr, "%s: %s\n",
            diagnostic.severity == SWAGE_SEVERITY_ERROR ? "error" : "warning",
            diagnostic.message.c_str());
  if (!result)
    return 1;
  printf("%.2f s for code, %.2f s for weights, %llu bytes of code\n",
         result->compile_seconds, result->weight_seconds,
         (unsigned long long)result->code_bytes);
  return describe(argv[2]) ? 0 : 1;
}
