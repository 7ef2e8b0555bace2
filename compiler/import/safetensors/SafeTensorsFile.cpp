//===- SafeTensorsFile.cpp - One SafeTensors file ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/safetensors/SafeTensorsFile.h"
#include "compiler/import/Json.h"
#include "compiler/import/Problems.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace swage::weights;
using nlohmann::json;

namespace swage::import {

namespace {

/// Headers of real models stay far below; upstream has the same limit.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr uint64_t kLengthBytes = 8;

/// The member `key` of a tensor's entry if it is an array of sizes.
std::optional<llvm::SmallVector<int64_t, 2>> readSizes(const json &entry,
                                                       const char *key) {
  auto member = entry.find(key);
  if (member == entry.end() || !member->is_array())
    return std::nullopt;
  llvm::SmallVector<int64_t, 2> sizes;
  for (const json &size : *member) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > INT64_MAX)
      return std::nullopt;
    sizes.push_back(size.get<int64_t>());
  }
  return sizes;
}

/// Bytes of a tensor, if they can be counted.
std::optional<int64_t> countBytes(const TensorInfo &info) {
  int64_t product = getBytes(info.dtype);
  for (int64_t size : info.shape)
    if (llvm::MulOverflow(product, size, product))
      return std::nullopt;
  return product;
}

class HeaderParser {
public:
  HeaderParser(llvm::StringRef file, uint64_t dataBytes)
      : file(file), dataBytes(dataBytes) {}

  llvm::Expected<std::vector<SafeTensorsEntry>> parse(const json &header) {
    if (!header.is_object())
      return llvm::createStringError(file +
                                     ": the header is not a JSON object");
    for (const auto &[name, value] : header.items())
      if (name != "__metadata__")
        parseEntry(name, value);
    checkRanges();
    if (problems.hasErrors())
      return problems.takeErrors();
    return std::move(entries);
  }

private:
  void fail(llvm::StringRef tensor, const llvm::Twine &message) {
    problems.error(file + ": tensor '" + tensor + "': " + message);
  }

  void parseEntry(const std::string &name, const json &value) {
    if (!value.is_object())
      return fail(name, "found " + describeJson(value) +
                            ", expected an object with dtype, shape and "
                            "data_offsets");
    auto dtypeName = value.find("dtype");
    if (dtypeName == value.end() || !dtypeName->is_string())
      return fail(name, "dtype is missing or not a string");
    auto dtype = parseDtype(dtypeName->get_ref<const std::string &>());
    if (!dtype)
      return fail(name, "unknown dtype " + describeJson(*dtypeName) +
                            ", expected one of " + listDtypes());
    auto shape = readSizes(value, "shape");
    if (!shape)
      return fail(name, "shape is missing or not an array of sizes");
    auto offsets = readSizes(value, "data_offsets");
    if (!offsets || offsets->size() != 2)
      return fail(name, "data_offsets is missing or not a pair of offsets");
    addEntry({{name, *dtype, *shape, file.str()},
              uint64_t((*offsets)[0]),
              uint64_t((*offsets)[1])});
  }

  void addEntry(SafeTensorsEntry entry) {
    const std::string &name = entry.info.name;
    if (entry.begin > entry.end || entry.end > dataBytes)
      return fail(name, "bytes " + llvm::Twine(entry.begin) + " to " +
                            llvm::Twine(entry.end) +
                            " do not lie in the file, which has " +
                            llvm::Twine(dataBytes) +
                            " bytes of data; is it truncated?");
    std::optional<int64_t> bytes = countBytes(entry.info);
    if (!bytes || uint64_t(*bytes) != entry.end - entry.begin)
      return fail(name,
                  "found " + llvm::Twine(entry.end - entry.begin) +
                      " bytes, expected " +
                      (bytes ? std::to_string(*bytes) : "more than 2^63") +
                      " for " + entry.info.describe());
    entries.push_back(std::move(entry));
  }

  void checkRanges() {
    if (problems.hasErrors())
      return;
    llvm::sort(entries,
               [](const SafeTensorsEntry &a, const SafeTensorsEntry &b) {
                 return std::tie(a.begin, a.end, a.info.name) <
                        std::tie(b.begin, b.end, b.info.name);
               });
    uint64_t end = 0;
    for (const SafeTensorsEntry &entry : entries) {
      if (entry.begin < end)
        fail(entry.info.name, "its data overlaps that of the tensor before it");
      else if (entry.begin > end)
        fail(entry.info.name, llvm::Twine(entry.begin - end) +
                                  " bytes before its data belong to no tensor");
      end = std::max(end, entry.end);
    }
    if (end < dataBytes)
      problems.error(file + ": the last " + llvm::Twine(dataBytes - end) +
                     " bytes belong to no tensor");
  }

  llvm::StringRef file;
  uint64_t dataBytes;
  std::vector<SafeTensorsEntry> entries;
  Problems problems;
};

} // namespace

llvm::Expected<SafeTensorsHeader>
SafeTensorsHeader::parse(llvm::StringRef file, llvm::StringRef bytes) {
  if (bytes.size() < kLengthBytes)
    return llvm::createStringError(
        file + ": found " + llvm::Twine(bytes.size()) +
        " bytes, expected a SafeTensors file of at least 8");
  uint64_t length = llvm::support::endian::read64le(bytes.data());
  if (length > kMaxHeaderBytes || length > bytes.size() - kLengthBytes)
    return llvm::createStringError(
        file + ": found a header of " + llvm::Twine(length) +
        " bytes in a file of " + llvm::Twine(bytes.size()) +
        ", expected at most " + llvm::Twine(kMaxHeaderBytes) +
        " and no more than the file; it is truncated or not a SafeTensors "
        "file");
  llvm::Expected<json> parsed =
      parseJson(file, bytes.substr(kLengthBytes, length));
  if (!parsed)
    return parsed.takeError();
  SafeTensorsHeader header;
  header.dataOffset = kLengthBytes + length;
  llvm::Expected<std::vector<SafeTensorsEntry>> entries =
      HeaderParser(file, bytes.size() - header.dataOffset).parse(*parsed);
  if (!entries)
    return entries.takeError();
  header.entries = std::move(*entries);
  return header;
}

llvm::Expected<std::unique_ptr<SafeTensorsFile>>
SafeTensorsFile::open(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  llvm::Expected<SafeTensorsHeader> header =
      SafeTensorsHeader::parse(path, (*buffer)->getBuffer());
  if (!header)
    return header.takeError();
  auto file = std::make_unique<SafeTensorsFile>();
  file->buffer = std::move(*buffer);
  file->header = std::move(*header);
  return file;
}

} // namespace swage::import
