//===- PortableMath.h - Functions with the same bits on every machine ----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The C library's exp, log, sin and cos differ in their last bit from release
// to release and from processor to processor. An artifact must not.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_PORTABLEMATH_H
#define SWAGE_COMPILER_WEIGHTS_PORTABLEMATH_H

#include <utility>

namespace swage::weights {

/// The natural logarithm of a positive number, within 1e-15 relative to the
/// larger of it and one.
double portableLog(double x);

/// `base` to the power `exponent`, for a positive base, within 1e-14 relative.
double portablePower(double base, double exponent);

/// Cosine and sine of an angle of at most 2^27 radians, within 1e-15.
std::pair<double, double> portableCosSin(double angle);

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_PORTABLEMATH_H
