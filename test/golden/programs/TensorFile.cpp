//===- TensorFile.cpp - SafeTensors files for test programs --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/golden/programs/TensorFile.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace swage::test {

void fail(const std::string &message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

/// The elements of type `T` in `bytes`.
template <typename T>
static std::vector<int32_t> narrow(std::string_view bytes) {
  std::vector<int32_t> values(bytes.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = int32_t(value);
  }
  return values;
}

std::map<std::string, IntegerTensor> readIntegers(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  std::string file(std::istreambuf_iterator<char>(stream), {});
  uint64_t length = 0;
  if (!stream || file.size() < sizeof(length))
    fail(path + ": cannot be read, or has no header");
  std::memcpy(&length, file.data(), sizeof(length));
  if (length > file.size() - sizeof(length))
    fail(path + ": the header ends behind the file");
  std::string_view data(file);
  json header = json::parse(data.substr(sizeof(length), length), nullptr,
                            /*allow_exceptions=*/false);
  data.remove_prefix(sizeof(length) + length);
  if (!header.is_object())
    fail(path + ": the header is no JSON object");
  std::map<std::string, IntegerTensor> tensors;
  for (const auto &[name, entry] : header.items()) {
    std::string type = entry.value("dtype", "");
    if (type != "I64" && type != "I32")
      continue;
    std::vector<size_t> range = entry["data_offsets"];
    if (range.size() != 2 || range[0] > range[1] || range[1] > data.size())
      fail(path + ": " + name + " lies behind the file's end");
    std::string_view bytes = data.substr(range[0], range[1] - range[0]);
    tensors[name] = {entry["shape"], type == "I64" ? narrow<int64_t>(bytes)
                                                   : narrow<int32_t>(bytes)};
  }
  return tensors;
}

void writeFloats(const std::string &path,
                 const std::vector<FloatTensor> &tensors) {
  json header;
  size_t end = 0;
  for (const FloatTensor &tensor : tensors) {
    size_t begin = end;
    end += tensor.values.size() * sizeof(float);
    header[tensor.name] = {{"dtype", "F32"},
                           {"shape", tensor.shape},
                           {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  uint64_t length = text.size();
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char *>(&length), sizeof(length));
  stream.write(text.data(), text.size());
  for (const FloatTensor &tensor : tensors)
    stream.write(reinterpret_cast<const char *>(tensor.values.data()),
                 tensor.values.size() * sizeof(float));
  stream.close();
  if (!stream)
    fail(path + ": cannot be written");
}

} // namespace swage::test
