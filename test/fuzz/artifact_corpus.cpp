//===- artifact_corpus.cpp - Writes the seeds of artifact_fuzzer ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToyModel.h"
#include "runtime/schema/header.h"
#include <cstdio>
#include <fstream>

static bool write(const std::string &path, uint8_t kind, const uint8_t *data,
                  size_t size) {
  std::ofstream file(path, std::ios::binary);
  file.put(char(kind));
  file.write(reinterpret_cast<const char *>(data), std::streamsize(size));
  return bool(file.flush());
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: artifact_corpus FOLDER\n");
    return 2;
  }
  std::string folder = std::string(argv[1]) + "/";
  std::vector<uint8_t> whole = toy::Model().write();
  size_t tableSize = toy::readHeader(whole.data()).tableSize;
  const std::vector<uint8_t> &code = toy::kernelElf();
  bool done =
      write(folder + "table", 0, whole.data() + toy::kHeaderSize, tableSize) &&
      write(folder + "code", 1, code.data(), code.size()) &&
      write(folder + "file", 255, whole.data(), whole.size());
  if (!done)
    fprintf(stderr, "cannot write to '%s'\n", argv[1]);
  return done ? 0 : 1;
}
