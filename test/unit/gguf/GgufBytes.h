//===- GgufBytes.h - GGUF files made in tests ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_GGUF_GGUFBYTES_H
#define SWAGE_TEST_UNIT_GGUF_GGUFBYTES_H

#include <cstdint>
#include <string>
#include <vector>

namespace swage::test {

/// Writes the parts of a GGUF file one after the other.
struct GgufBytes {
  std::string bytes;

  template <typename T> GgufBytes &number(T value) {
    bytes.append(reinterpret_cast<const char *>(&value), sizeof(value));
    return *this;
  }
  GgufBytes &string(const std::string &text) {
    number<uint64_t>(text.size());
    bytes += text;
    return *this;
  }
  GgufBytes &start(uint64_t tensors, uint64_t keys, uint32_t version = 3) {
    bytes += "GGUF";
    return number(version).number(tensors).number(keys);
  }
  GgufBytes &key(const std::string &name, uint32_t type) {
    return string(name).number(type);
  }
  GgufBytes &text(const std::string &name, const std::string &value) {
    return key(name, 8).string(value);
  }
  GgufBytes &u32(const std::string &name, uint32_t value) {
    return key(name, 4).number(value);
  }
  GgufBytes &array(const std::string &name, uint32_t type, uint64_t count) {
    return key(name, 9).number(type).number(count);
  }
  GgufBytes &strings(const std::string &name,
                     const std::vector<std::string> &values) {
    array(name, 8, values.size());
    for (const std::string &value : values)
      string(value);
    return *this;
  }
  GgufBytes &tensor(const std::string &name,
                    const std::vector<uint64_t> &dimensions, uint32_t type,
                    uint64_t offset) {
    string(name).number(uint32_t(dimensions.size()));
    for (uint64_t size : dimensions)
      number(size);
    return number(type).number(offset);
  }
  GgufBytes &pad(size_t alignment = 32) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    return *this;
  }
};

} // namespace swage::test

#endif // SWAGE_TEST_UNIT_GGUF_GGUFBYTES_H
