//===- CodeTables.h - Codes looked up in tables -----------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Codes stand in lanes of i32, of 16 rows or of one. Tables of up to 16 values
// are in registers, where an instruction of every level looks values up; others
// are constants of the kernel's module.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_CODETABLES_H
#define SWAGE_TARGETS_CPU_CODETABLES_H

#include "targets/cpu/KernelBuilder.h"

namespace swage::cpu {

/// The entries that the 4 bytes of each lane number, in the same bytes.
mlir::Value lookUpBytes(KernelBuilder &k, llvm::ArrayRef<uint8_t> table,
                        mlir::Value lanes);

/// The entry that each lane numbers.
mlir::Value lookUpFloats(KernelBuilder &k, llvm::ArrayRef<float> table,
                         mlir::Value lanes);

/// The entry that each lane numbers, of a table of any size.
mlir::Value lookUpIntegers(KernelBuilder &k, llvm::ArrayRef<int32_t> table,
                           mlir::Value lanes);

/// The floats whose 8 bits are in the lanes. Exact; NaNs stay NaNs.
mlir::Value widenF8E4M3(KernelBuilder &k, mlir::Value lanes);
mlir::Value widenF8E5M2(KernelBuilder &k, mlir::Value lanes);
mlir::Value widenF8E8M0(KernelBuilder &k, mlir::Value lanes);

/// The digit number `index`, an index, in each of the 4 bytes of all lanes; see
/// `#compression.group_tiles`.
mlir::Value extractDigits(KernelBuilder &k, mlir::Value lanes,
                          mlir::Value index);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_CODETABLES_H
