//===- SameBits.cpp - One result, however it is computed -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: same_bits MODEL.swg GOLDEN.safetensors [quick]
//
// The texts are the inputs of the golden: ids_T and the rows of batch2_ids. For
// processors that are emulated, `quick` leaves most of them out, and some ways.

#include "test/golden/same_bits/SameBits.h"
#include "test/golden/programs/TensorFile.h"
#include <cstdio>
#include <cstring>
#include <map>

using namespace swage;
using namespace swage::test;

void Checks::same(const std::string &name, const Values &found,
                  const Values &wanted) {
  if (found.size() == wanted.size() && !wanted.empty() &&
      std::memcmp(found.data(), wanted.data(), found.size() * sizeof(float)) ==
          0) {
    ++passed;
    return;
  }
  ++failed;
  size_t count = std::min(found.size(), wanted.size()), differing = 0;
  size_t first = count;
  for (size_t i = count; i-- > 0;)
    if (std::memcmp(&found[i], &wanted[i], sizeof(float)) != 0)
      first = i, ++differing;
  std::printf("FAILED %s: %zu values, expected %zu; %zu differ", name.c_str(),
              found.size(), wanted.size(), differing);
  if (first < count)
    std::printf(", the first at %zu: %.9g, expected %.9g", first,
                double(found[first]), double(wanted[first]));
  std::printf("\n");
}

void Checks::same(const std::string &name, const std::vector<Values> &found,
                  const std::vector<Values> &wanted) {
  if (found.size() != wanted.size())
    return same(name + ", number of texts", Values(found.size()),
                Values(wanted.size()));
  for (size_t i = 0; i < found.size(); ++i)
    same(name + ", text " + std::to_string(i), found[i], wanted[i]);
}

void Checks::succeeded(const std::string &name, const Status &status) {
  if (status)
    return;
  ++failed;
  std::printf("FAILED %s: %s\n", name.c_str(), status.message());
}

int Checks::finish() const {
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed || !passed;
}

/// The texts of a golden, the longest first.
static std::vector<Text> readTexts(const char *path, bool quick) {
  std::map<std::string, IntegerTensor> tensors = readIntegers(path);
  auto integers = [&](const std::string &name) { return tensors[name].values; };
  std::vector<Text> texts;
  using Lengths = std::vector<std::string>;
  for (const std::string &length :
       quick ? Lengths{"64", "1", "7"} : Lengths{"130", "1", "64", "7"})
    texts.push_back({integers("ids_" + length), integers("types_" + length)});
  if (quick)
    return texts;
  std::vector<int32_t> tokens = integers("batch2_ids"),
                       types = integers("batch2_types");
  for (size_t row = 0; row < 2; ++row) {
    size_t length = tokens.size() / 2, begin = row * length;
    Text text;
    text.tokens.assign(tokens.begin() + begin, tokens.begin() + begin + length);
    if (!types.empty())
      text.types.assign(types.begin() + begin, types.begin() + begin + length);
    texts.push_back(std::move(text));
  }
  return texts;
}

int main(int argc, char **argv) {
  bool quick = argc == 4 && std::strcmp(argv[3], "quick") == 0;
  if (argc != 3 && !quick) {
    std::fprintf(stderr, "usage: %s MODEL.swg GOLDEN.safetensors [quick]\n",
                 argv[0]);
    return 2;
  }
  Status status;
  std::vector<Module> modules;
  for (uint32_t threads : kThreads) {
    if (quick && threads > 2)
      break;
    DeviceOptions options;
    options.threads = threads;
    Device device = Device::open(options, status);
    modules.push_back(Module::load(device, argv[1], status));
  }
  std::vector<Text> texts = readTexts(argv[2], quick);
  if (!status) {
    std::fprintf(stderr, "%s: %s\n", argv[1], status.message());
    return 1;
  }
  swage_entry_point_info_t entry = {};
  swage_module_entry_point(modules[0].get(), 0, &entry, status.get());
  Checks checks;
  if (entry.whole_sequences)
    checkEncoder(modules, texts, quick, checks);
  else
    checkDecoder(modules, texts, quick, checks);
  return checks.finish();
}
