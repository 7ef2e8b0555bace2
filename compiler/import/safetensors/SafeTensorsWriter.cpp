//===- SafeTensorsWriter.cpp - Small SafeTensors files -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/safetensors/SafeTensorsWriter.h"
#include "compiler/import/safetensors/SafeTensorsFile.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <limits>
#include <nlohmann/json.hpp>

using namespace swage::weights;

namespace swage::import {

llvm::Expected<std::vector<int32_t>> DenseTensor::getIntegers() const {
  if (dtype != Dtype::I32 && dtype != Dtype::I64)
    return llvm::createStringError("tensor '" + name + "': found dtype " +
                                   getName(dtype) + ", expected I32 or I64");
  std::vector<int32_t> values;
  for (size_t at = 0; at < bytes.size(); at += getBytes(dtype)) {
    int64_t value = dtype == Dtype::I32
                        ? int32_t(llvm::support::endian::read32le(&bytes[at]))
                        : int64_t(llvm::support::endian::read64le(&bytes[at]));
    if (value != int32_t(value))
      return llvm::createStringError("tensor '" + name + "': value " +
                                     llvm::Twine(value) +
                                     " does not fit 32 bits");
    values.push_back(int32_t(value));
  }
  return values;
}

llvm::Expected<std::vector<DenseTensor>>
readDenseTensors(llvm::StringRef path) {
  llvm::Expected<std::unique_ptr<SafeTensorsFile>> file =
      SafeTensorsFile::open(path);
  if (!file)
    return file.takeError();
  std::vector<DenseTensor> tensors;
  for (const SafeTensorsEntry &entry : (*file)->getEntries())
    tensors.push_back({entry.info.name,
                       entry.info.dtype,
                       {entry.info.shape.begin(), entry.info.shape.end()},
                       (*file)->getBytes(entry).vec()});
  return tensors;
}

/// The JSON header, padded so that the data behind it is aligned.
static std::string makeHeader(llvm::ArrayRef<DenseTensor> tensors) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  uint64_t offset = 0;
  for (const DenseTensor &tensor : tensors) {
    header[tensor.name] = {
        {"dtype", getName(tensor.dtype).str()},
        {"shape", tensor.shape},
        {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

static llvm::Error describe(llvm::StringRef path, std::error_code error) {
  return llvm::createStringError(path + ": " + error.message());
}

llvm::Error writeDenseTensors(llvm::StringRef path,
                              llvm::ArrayRef<DenseTensor> tensors) {
  std::string temporary =
      (path + ".tmp-" + llvm::Twine(llvm::sys::Process::getProcessId())).str();
  std::error_code error;
  llvm::raw_fd_ostream stream(temporary, error);
  if (error)
    return describe(path, error);
  std::string header = makeHeader(tensors);
  char length[8];
  llvm::support::endian::write64le(length, header.size());
  stream.write(length, sizeof(length));
  stream << header;
  for (const DenseTensor &tensor : tensors)
    stream.write(reinterpret_cast<const char *>(tensor.bytes.data()),
                 tensor.bytes.size());
  stream.close();
  error = stream.error();
  stream.clear_error();
  if (!error)
    error = llvm::sys::fs::rename(temporary, path);
  if (!error)
    return llvm::Error::success();
  llvm::sys::fs::remove(temporary);
  return describe(path, error);
}

} // namespace swage::import
