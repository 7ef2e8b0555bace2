//===- GgufHeader.cpp - What a GGUF file says of itself ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Json.h"
#include "compiler/import/Problems.h"
#include "compiler/import/gguf/GgufFile.h"
#include "compiler/weights/TensorSource.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <charconv>
#include <cmath>

using namespace swage::weights;
using nlohmann::json;

namespace swage::import {

namespace {

/// The types of metadata values, with the format's numbers.
enum class ValueType : uint32_t {
  U8,
  I8,
  U16,
  I16,
  U32,
  I32,
  F32,
  Bool,
  String,
  Array,
  U64,
  I64,
  F64
};

constexpr uint32_t kMaxNesting = 8;
constexpr uint32_t kMaxDimensions = 4;
constexpr uint64_t kDefaultAlignment = 32;
constexpr uint64_t kMaxAlignment = 1 << 20;

class HeaderParser {
public:
  HeaderParser(llvm::StringRef file, llvm::StringRef bytes)
      : file(file), bytes(bytes) {}

  llvm::Expected<GgufHeader> parse() {
    parseAll();
    if (problems.hasErrors())
      return problems.takeErrors();
    return std::move(header);
  }

private:
  /// Reports what is wrong at the place that is read; the first one ends it, as
  /// nothing after it has a known place.
  bool fail(const llvm::Twine &message) {
    if (!problems.hasErrors())
      problems.error(file + ": " + where + " at byte " + llvm::Twine(at) +
                     ": " + message);
    return false;
  }

  bool need(uint64_t count) {
    return count <= bytes.size() - at ||
           fail("found " + llvm::Twine(bytes.size() - at) +
                " bytes up to the end of the file, expected at least " +
                llvm::Twine(count) + "; is it truncated?");
  }

  template <typename T> bool read(T &value) {
    if (!need(sizeof(T)))
      return false;
    value = llvm::support::endian::read<T>(bytes.data() + at,
                                           llvm::endianness::little);
    at += sizeof(T);
    return true;
  }

  bool readString(std::string &value) {
    uint64_t length;
    if (!read(length) || !need(length))
      return false;
    value = bytes.substr(at, length).str();
    at += length;
    return true;
  }

  template <typename T> bool readNumber(json &value) {
    T number;
    if (!read(number))
      return false;
    value = number;
    return true;
  }

  bool readFloat(json &value) {
    float number;
    if (!read(number))
      return false;
    // The shortest decimal that reads back as this float.
    char text[32];
    double decimal = number;
    if (std::isfinite(number)) {
      auto end = std::to_chars(text, std::end(text), number).ptr;
      std::from_chars(text, end, decimal);
    }
    value = decimal;
    return true;
  }

  bool readArray(json &value, uint32_t depth) {
    uint32_t type;
    uint64_t count;
    if (!read(type) || !read(count))
      return false;
    if (depth >= kMaxNesting)
      return fail("found arrays nested more than " + llvm::Twine(kMaxNesting) +
                  " deep");
    // Each element is at least a byte, which bounds the memory.
    if (!need(count))
      return false;
    value = json::array();
    auto &elements = *value.get_ptr<json::array_t *>();
    for (uint64_t i = 0; i < count; ++i)
      if (!readValue(type, elements.emplace_back(), depth + 1))
        return false;
    return true;
  }

  bool readValue(uint32_t type, json &value, uint32_t depth) {
    switch (ValueType(type)) {
    case ValueType::U8:
      return readNumber<uint8_t>(value);
    case ValueType::I8:
      return readNumber<int8_t>(value);
    case ValueType::U16:
      return readNumber<uint16_t>(value);
    case ValueType::I16:
      return readNumber<int16_t>(value);
    case ValueType::U32:
      return readNumber<uint32_t>(value);
    case ValueType::I32:
      return readNumber<int32_t>(value);
    case ValueType::U64:
      return readNumber<uint64_t>(value);
    case ValueType::I64:
      return readNumber<int64_t>(value);
    case ValueType::F32:
      return readFloat(value);
    case ValueType::F64:
      return readNumber<double>(value);
    case ValueType::Bool: {
      uint8_t flag;
      if (!read(flag))
        return false;
      value = flag != 0;
      return flag <= 1 ||
             fail("found " + llvm::Twine(unsigned(flag)) + ", expected a bool");
    }
    case ValueType::String: {
      std::string text;
      if (!readString(text))
        return false;
      value = std::move(text);
      return true;
    }
    case ValueType::Array:
      return readArray(value, depth);
    }
    return fail("found a value of type " + llvm::Twine(type) +
                ", expected one from 0 to 12");
  }

  bool parseStart(uint64_t &tensors, uint64_t &keys) {
    where = "header";
    uint32_t version;
    if (!bytes.starts_with(kGgufMagic))
      return fail("found no \"GGUF\", which is how a GGUF file starts");
    at = kGgufMagic.size();
    if (!read(version))
      return false;
    if (version != 2 && version != 3)
      return fail("found version " +
                  (version & 0xffff ? llvm::Twine(version).str()
                                    : "of a big-endian file") +
                  ", supported are 2 and 3, little-endian; convert the model "
                  "again with a current llama.cpp");
    if (!read(tensors) || !read(keys))
      return false;
    // A key and its value take 13 bytes or more, a tensor 24.
    where = "header's counts";
    return need(tensors) && need(keys);
  }

  bool parsePair(uint64_t index) {
    where = "metadata pair " + std::to_string(index);
    std::string key;
    if (!readString(key))
      return false;
    where = "metadata key " + describeJson(key);
    uint32_t type;
    auto [entry, isNew] = header.metadata.try_emplace(key);
    if (!isNew)
      return fail("this key occurs twice");
    return read(type) && readValue(type, entry->second, 0);
  }

  bool parseTensor(uint64_t index) {
    where = "description of tensor " + std::to_string(index);
    GgufTensor tensor;
    if (!readString(tensor.name))
      return false;
    where = "description of tensor " + describeJson(tensor.name);
    uint32_t dimensions;
    if (!read(dimensions))
      return false;
    if (dimensions < 1 || dimensions > kMaxDimensions)
      return fail("found " + llvm::Twine(dimensions) +
                  " dimensions, expected 1 to 4");
    for (uint32_t i = 0; i < dimensions; ++i) {
      uint64_t size;
      if (!read(size))
        return false;
      if (size < 1 || size > INT64_MAX)
        return fail("found size " + llvm::Twine(size) + " in dimension " +
                    llvm::Twine(i) + ", expected 1 to 2^63 - 1");
      tensor.shape.insert(tensor.shape.begin(), int64_t(size));
    }
    if (!read(tensor.type) || !read(tensor.offset))
      return false;
    header.tensors.push_back(std::move(tensor));
    return true;
  }

  bool findData() {
    uint64_t alignment = kDefaultAlignment;
    where = "metadata key \"general.alignment\"";
    auto found = header.metadata.find("general.alignment");
    if (found != header.metadata.end()) {
      const json &value = found->second;
      alignment = value.is_number_unsigned() ? value.get<uint64_t>() : 0;
      if (!llvm::isPowerOf2_64(alignment) || alignment > kMaxAlignment)
        return fail("found " + describeJson(value) +
                    ", expected a power of two up to " +
                    llvm::Twine(kMaxAlignment));
    }
    header.dataOffset = llvm::alignTo(at, alignment);
    if (header.tensors.empty())
      header.dataOffset = at;
    where = "tensor data";
    if (header.dataOffset > bytes.size())
      return need(header.dataOffset - at);
    for (const GgufTensor &tensor : header.tensors)
      checkTensor(tensor, alignment);
    if (!problems.hasErrors())
      checkOverlaps();
    return true;
  }

  void failTensor(const GgufTensor &tensor, const llvm::Twine &message) {
    problems.error(file + ": tensor " + describeJson(tensor.name) + ": " +
                   message);
  }

  void checkTensor(const GgufTensor &tensor, uint64_t alignment) {
    if (!names.insert({tensor.name, 0}).second)
      return failTensor(tensor, "there are two tensors of this name");
    if (tensor.offset % alignment != 0)
      return failTensor(
          tensor, "found its data at offset " + llvm::Twine(tensor.offset) +
                      ", expected a multiple of " + llvm::Twine(alignment));
    std::optional<Dtype> type = tensor.getDtype();
    if (!type)
      return;
    int64_t block = getBlockElements(*type);
    if (tensor.shape.back() % block != 0)
      return failTensor(tensor, "found " + llvm::Twine(tensor.shape.back()) +
                                    " columns, expected a multiple of " +
                                    llvm::Twine(block) + ", the block of " +
                                    getName(*type));
    int64_t size;
    bool counted =
        !llvm::MulOverflow(tensor.shape.back() / block, getBytes(*type), size);
    for (int64_t extent : llvm::drop_end(tensor.shape))
      counted &= !llvm::MulOverflow(size, extent, size);
    uint64_t data = bytes.size() - header.dataOffset;
    if (!counted || tensor.offset > data ||
        uint64_t(size) > data - tensor.offset)
      failTensor(tensor, "found " + llvm::Twine(data) +
                             " bytes of data in the file, expected " +
                             (counted ? std::to_string(size)
                                      : std::string("more than 2^63")) +
                             " from offset " + llvm::Twine(tensor.offset) +
                             " on for " + describeShape(tensor.shape) + " " +
                             getName(*type) + "; is it truncated?");
  }

  /// Of types whose sizes are known; all of them lie in the file.
  void checkOverlaps() {
    std::vector<const GgufTensor *> ordered;
    for (const GgufTensor &tensor : header.tensors)
      if (tensor.getDtype())
        ordered.push_back(&tensor);
    llvm::sort(ordered, [](const GgufTensor *a, const GgufTensor *b) {
      return std::pair(a->offset, llvm::StringRef(a->name)) <
             std::pair(b->offset, llvm::StringRef(b->name));
    });
    for (size_t i = 1; i < ordered.size(); ++i) {
      const GgufTensor &before = *ordered[i - 1];
      int64_t elements = 1;
      for (int64_t extent : before.shape)
        elements *= extent;
      uint64_t size = getBytes(*before.getDtype(), elements);
      if (ordered[i]->offset < before.offset + size)
        failTensor(*ordered[i], "found its data at offset " +
                                    llvm::Twine(ordered[i]->offset) +
                                    ", which is that of tensor " +
                                    describeJson(before.name) + " up to " +
                                    llvm::Twine(before.offset + size));
    }
  }

  void parseAll() {
    uint64_t tensors, keys;
    if (!parseStart(tensors, keys))
      return;
    for (uint64_t i = 0; i < keys; ++i)
      if (!parsePair(i))
        return;
    for (uint64_t i = 0; i < tensors; ++i)
      if (!parseTensor(i))
        return;
    findData();
  }

  llvm::StringRef file, bytes;
  uint64_t at = 0;
  /// What is being read, for messages.
  std::string where;
  GgufHeader header;
  llvm::StringMap<char> names;
  Problems problems;
};

} // namespace

llvm::Expected<GgufHeader> GgufHeader::parse(llvm::StringRef file,
                                             llvm::StringRef bytes) {
  return HeaderParser(file, bytes).parse();
}

} // namespace swage::import
