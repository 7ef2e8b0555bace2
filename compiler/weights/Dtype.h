//===- Dtype.h - Element types of stored tensors -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_DTYPE_H
#define SWAGE_COMPILER_WEIGHTS_DTYPE_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace swage::weights {

/// Element types that a checkpoint may store. Only F32, F16, BF16, GGML's types
/// and what is coded can be weights of a model; the others are known so that
/// files that also hold them can be read.
enum class Dtype : uint8_t {
  F32,
  F16,
  BF16,
  F64,
  F8E4M3,
  F8E5M2,
  F8E8M0,
  I64,
  I32,
  I16,
  I8,
  U64,
  U32,
  U16,
  U8,
  Bool,
  // GGML's types, whose elements are stored in blocks of neighbours of a row.
  Q4_0,
  Q4_1,
  Q5_0,
  Q5_1,
  Q8_0,
  Q2_K,
  Q3_K,
  Q4_K,
  Q5_K,
  Q6_K,
  IQ4_NL,
  IQ4_XS,
  MXFP4,
  NVFP4,
  TQ1_0,
  TQ2_0,
  IQ2_XXS,
  IQ2_XS,
  IQ2_S,
  IQ3_XXS,
  IQ3_S,
  IQ1_S,
  IQ1_M,
  /// Unpacked blocks of the encoding that the tensor's description has.
  Coded
};

/// The type's name in a SafeTensors or GGUF file, for example "BF16".
llvm::StringRef getName(Dtype dtype);

/// The type of that name in a SafeTensors file.
std::optional<Dtype> parseDtype(llvm::StringRef name);

/// All names of SafeTensors files, for messages: "F32, F16, ...".
std::string listDtypes();

/// Neighbouring elements of a row that are stored together; mostly 1.
int64_t getBlockElements(Dtype dtype);

/// Bytes of one element, or of one block of them.
int64_t getBytes(Dtype dtype);

/// Bytes of `count` elements that are whole blocks.
inline int64_t getBytes(Dtype dtype, int64_t count) {
  return count / getBlockElements(dtype) * getBytes(dtype);
}

/// The type that weights of `dtype` have in the IR, or null if there is none.
mlir::Type getWeightType(mlir::MLIRContext *context, Dtype dtype);

/// The type of plain numbers that has the type `type` in the IR.
std::optional<Dtype> getWeightDtype(mlir::Type type);

/// The value of an F32, F16 or BF16 element.
float widen(Dtype dtype, const uint8_t *element);

/// Stores `value`, rounded to nearest even, as an F32, F16 or BF16 element.
void narrow(Dtype dtype, float value, uint8_t *element);

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_DTYPE_H
