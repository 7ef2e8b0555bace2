//===- Capabilities.h - What a CPU target offers to kernels ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A target string names an ISA level and the features beyond it:
//
//   cpu                                  this host, resolved to what it has
//   cpu:x86-64-v4+avx512bf16+avx512vnni  a level and features
//
// Nothing else about the host enters code generation, so one explicit string
// gives the same code on any machine.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_CAPABILITIES_H
#define SWAGE_TARGETS_CPU_CAPABILITIES_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace swage::cpu {

/// How dot products of four bytes are added to lanes of 32 bits.
enum class Int8Dot : uint8_t {
  None,  ///< by multiply-adds of pairs of 16 bits
  Vnni,  ///< unsigned times signed: `vpdpbusd`
  UsDot, ///< the same: USDOT of Advanced SIMD
  SDot   ///< signed times signed: SDOT
};

/// A CPU target, resolved.
struct Capabilities {
  /// Canonical spelling, explicit also for `cpu`: `cpu:x86-64-v4+avx512bf16`.
  std::string name;
  std::string triple;
  std::string cpu;      ///< LLVM's name of the processor
  std::string features; ///< LLVM's feature string beyond `cpu`
  /// CPU features that the loader must find before it runs the code, sorted;
  /// spelled as `__builtin_cpu_supports` and Linux's HWCAP names spell them.
  llvm::SmallVector<std::string> required;
  int64_t lanes;           ///< f32 elements of a vector register
  int64_t vectorRegisters; ///< architectural vector registers
  bool hasBf16Dot;         ///< sums of two products of bf16 in f32 lanes
  Int8Dot int8Dot;
  bool hasMatrixTiles; ///< `amx.tile_mulf` of bf16
  bool hasInt8Tiles;   ///< `amx.tile_muli` of bytes
  bool hasBf16Convert; ///< vector conversion from f32 to bf16
  bool hasF16Convert;  ///< vector conversions between f16 and f32
  int64_t l1Bytes, l2Bytes;
  /// How far ahead of a weight stream to prefetch; 0 for not at all.
  int64_t prefetchBytes;

  bool isX86() const { return llvm::StringRef(triple).starts_with("x86"); }

  /// Resolves a target string; the error lists what is known.
  static llvm::Expected<Capabilities> parse(llvm::StringRef target);
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_CAPABILITIES_H
