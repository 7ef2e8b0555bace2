//===- PortableMath.cpp - Functions with the same bits on every machine --===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Only additions, multiplications, divisions and operations that are exact;
// compiled without contraction into fused multiply-adds.
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/PortableMath.h"
#include <cmath>

namespace swage::weights {

// Each constant as parts that add up to it. The leading parts are short enough
// for their products with the integers that occur here to be exact.
static constexpr double kLn2High = 0x1.62e42feep-1;
static constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
static constexpr double kHalfPi[] = {0x1.921fb5p+0, 0x1.110b46p-26,
                                     0x1.1a6263p-54, 0x1.8a2e03p-81};

double portableLog(double x) {
  int exponent;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  // log(m) = 2 atanh((m - 1) / (m + 1)), with |z| < 0.172.
  double z = (mantissa - 1) / (mantissa + 1), square = z * z, sum = 0;
  for (int k = 27; k >= 1; k -= 2)
    sum = sum * square + 1.0 / k;
  return exponent * kLn2High + (2 * z * sum + exponent * kLn2Low);
}

static double portableExp(double x) {
  double n = std::nearbyint(x / (kLn2High + kLn2Low));
  double r = (x - n * kLn2High) - n * kLn2Low;
  double sum = 1;
  for (int k = 18; k >= 1; --k)
    sum = 1 + sum * r / k;
  return std::ldexp(sum, int(n));
}

double portablePower(double base, double exponent) {
  return portableExp(exponent * portableLog(base));
}

std::pair<double, double> portableCosSin(double angle) {
  double n = std::nearbyint(angle / (kHalfPi[0] + kHalfPi[1]));
  double r = angle;
  for (double part : kHalfPi)
    r -= n * part;
  // Taylor series; |r| <= pi / 4.
  double square = r * r, cosine = 1, sine = 1;
  for (int k = 20; k >= 2; k -= 2) {
    cosine = 1 - square / (k * (k - 1)) * cosine;
    sine = 1 - square / (k * (k + 1)) * sine;
  }
  sine *= r;
  switch (static_cast<long long>(n) & 3) {
  case 0:
    return {cosine, sine};
  case 1:
    return {-sine, cosine};
  case 2:
    return {-cosine, -sine};
  default:
    return {sine, -cosine};
  }
}

} // namespace swage::weights
