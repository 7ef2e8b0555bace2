//===- GgufFile.cpp - One GGUF file --------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufFile.h"

using namespace swage::weights;

namespace swage::import {

// ---- Tensors ----------------------------------------------------------------

std::string GgufTensor::getTypeName() const {
  // By GGML's numbers; those without a name are not in use any more.
  static constexpr llvm::StringLiteral kNames[] = {
      "F32",   "F16",   "Q4_0",    "Q4_1",   "",        "",      "Q5_0",
      "Q5_1",  "Q8_0",  "Q8_1",    "Q2_K",   "Q3_K",    "Q4_K",  "Q5_K",
      "Q6_K",  "Q8_K",  "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL",
      "IQ3_S", "IQ2_S", "IQ4_XS",  "I8",     "I16",     "I32",   "I64",
      "F64",   "IQ1_M", "BF16",    "",       "",        "",      "TQ1_0",
      "TQ2_0", "",      "",        "",       "MXFP4",   "NVFP4", "Q1_0",
      "Q2_0"};
  if (type < std::size(kNames) && !kNames[type].empty())
    return kNames[type].str();
  return "unknown type " + std::to_string(type);
}

std::optional<Dtype> GgufTensor::getDtype() const {
  static constexpr std::pair<uint32_t, Dtype> kDtypes[] = {
      {0, Dtype::F32},      {1, Dtype::F16},     {2, Dtype::Q4_0},
      {3, Dtype::Q4_1},     {6, Dtype::Q5_0},    {7, Dtype::Q5_1},
      {8, Dtype::Q8_0},     {10, Dtype::Q2_K},   {11, Dtype::Q3_K},
      {12, Dtype::Q4_K},    {13, Dtype::Q5_K},   {14, Dtype::Q6_K},
      {16, Dtype::IQ2_XXS}, {17, Dtype::IQ2_XS}, {18, Dtype::IQ3_XXS},
      {19, Dtype::IQ1_S},   {20, Dtype::IQ4_NL}, {21, Dtype::IQ3_S},
      {22, Dtype::IQ2_S},   {23, Dtype::IQ4_XS}, {29, Dtype::IQ1_M},
      {30, Dtype::BF16},    {34, Dtype::TQ1_0},  {35, Dtype::TQ2_0},
      {39, Dtype::MXFP4},   {40, Dtype::NVFP4}};
  for (auto [number, dtype] : kDtypes)
    if (number == type)
      return dtype;
  return std::nullopt;
}

// ---- File -------------------------------------------------------------------

bool isGgufFile(llvm::StringRef path) {
  auto start = llvm::MemoryBuffer::getFileSlice(path, kGgufMagic.size(), 0);
  return start && (*start)->getBuffer() == kGgufMagic;
}

llvm::Expected<std::unique_ptr<GgufFile>> GgufFile::open(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  llvm::Expected<GgufHeader> header =
      GgufHeader::parse(path, (*buffer)->getBuffer());
  if (!header)
    return header.takeError();
  auto file = std::make_unique<GgufFile>();
  file->path = path.str();
  file->buffer = std::move(*buffer);
  file->header = std::move(*header);
  for (const auto &[index, tensor] : llvm::enumerate(file->header.tensors))
    file->byName[tensor.name] = index;
  return file;
}

std::vector<llvm::StringRef> GgufFile::getKeys() const {
  std::vector<llvm::StringRef> keys(header.metadata.keys().begin(),
                                    header.metadata.keys().end());
  llvm::sort(keys);
  return keys;
}

const GgufTensor *GgufFile::findTensor(llvm::StringRef name) const {
  auto found = byName.find(name);
  return found == byName.end() ? nullptr : &header.tensors[found->second];
}

} // namespace swage::import
