//===- TensorFile.h - SafeTensors files for test programs ----*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The files of the goldens, for programs that run where there is no LLVM: on
// another processor's architecture, emulated.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_GOLDEN_PROGRAMS_TENSORFILE_H
#define SWAGE_TEST_GOLDEN_PROGRAMS_TENSORFILE_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace swage::test {

/// A tensor of integers; the goldens' tensors of numbers are not read here.
struct IntegerTensor {
  std::vector<int64_t> shape;
  std::vector<int32_t> values;
};

/// All tensors of I32 or I64 in a file; prints why and ends the program if it
/// cannot be read.
std::map<std::string, IntegerTensor> readIntegers(const std::string &path);

/// A tensor of F32.
struct FloatTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

/// Prints why and ends the program if the file cannot be written.
void writeFloats(const std::string &path,
                 const std::vector<FloatTensor> &tensors);

/// Prints a line to stderr and ends the program.
[[noreturn]] void fail(const std::string &message);

} // namespace swage::test

#endif // SWAGE_TEST_GOLDEN_PROGRAMS_TENSORFILE_H
