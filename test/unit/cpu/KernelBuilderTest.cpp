//===- KernelBuilderTest.cpp - Conversions and functions of kernels -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/KernelBuilder.h"
#include "test/unit/cpu/KernelRunner.h"
#include "test/unit/cpu/Numbers.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

/// Applies `function` to `in`, 16 values at a time, on every level of x86-64
/// that the host has.
void eachLevel(
    Element from, Element to, const Buffer &in, Buffer &out,
    llvm::function_ref<mlir::Value(KernelBuilder &, mlir::Value)> function,
    llvm::function_ref<void(const Capabilities &)> check) {
  for (const char *name : {"cpu", "cpu:x86-64-v3", "cpu:x86-64-v4"}) {
    llvm::Expected<Capabilities> target = Capabilities::parse(name);
    ASSERT_TRUE(bool(target));
    if (!llvm::all_of(target->required, [](const std::string &feature) {
          return llvm::is_contained(host().required, feature);
        }))
      continue;
    SCOPED_TRACE(name);
    KernelRunner runner(*target, [&](mlir::OpBuilder &b, mlir::Location loc) {
      mlir::Type types[] = {KernelBuilder::buffer(b.getContext(), from),
                            KernelBuilder::buffer(b.getContext(), to)};
      KernelBuilder k(b, loc, "map", types, /*numScalars=*/0, *target);
      k.loop(k.begin(), k.end(), 1, [&](mlir::Value i) {
        mlir::Value at = k.mul(i, kVector);
        k.store(function(k, k.load(k.binding(0), at)), k.binding(1), at);
      });
      k.finish();
    });
    out.fillNaN();
    runner.run("map", {in.data(), out.data()}, {}, 0, in.size / kVector);
    check(*target);
  }
}

mlir::Value identity(KernelBuilder &, mlir::Value v) { return v; }

TEST(KernelBuilder, WideningIsExact) {
  for (Element from : {Element::F16, Element::BF16}) {
    Buffer in(from, 65536), out(Element::F32, 65536);
    for (int i = 0; i < 65536; ++i)
      static_cast<uint16_t *>(in.data())[i] = uint16_t(i);
    eachLevel(from, Element::F32, in, out, identity, [&](const Capabilities &) {
      for (int i = 0; i < 65536; ++i)
        ASSERT_TRUE(out.get(i) == in.get(i) ||
                    (std::isnan(in.get(i)) && std::isnan(out.get(i))))
            << i;
    });
  }
}

TEST(KernelBuilder, NarrowingRoundsToNearestEven) {
  for (Element to : {Element::F16, Element::BF16}) {
    // Around every storage value: itself, ties to both sides, and just off.
    std::vector<float> values;
    Buffer storage(to, 1);
    for (int i = 0; i < 65536; ++i) {
      *static_cast<uint16_t *>(storage.data()) = uint16_t(i);
      float v = float(storage.get(0));
      *static_cast<uint16_t *>(storage.data()) = uint16_t(i + 1);
      float tie = float((double(v) + storage.get(0)) / 2);
      for (float f : {v, tie, std::nextafter(tie, 0.f),
                      std::nextafter(tie, std::numeric_limits<float>::max())})
        values.push_back(f);
    }
    Buffer in(Element::F32, int64_t(values.size()));
    Buffer out(to, in.size), want(to, 1);
    for (int64_t i = 0; i < in.size; ++i)
      in.set(i, values[i]);
    eachLevel(
        Element::F32, to, in, out, identity, [&](const Capabilities &target) {
          // The instruction, which subnormal bf16 cannot come out of.
          bool flushes = to == Element::BF16 && target.hasBf16Convert;
          for (int64_t i = 0; i < in.size; ++i) {
            bool isFlushed =
                flushes && std::fpclassify(values[i]) == FP_SUBNORMAL;
            want.set(0, isFlushed ? std::copysign(0.f, values[i]) : values[i]);
            if (std::isnan(values[i]))
              ASSERT_TRUE(std::isnan(out.get(i)));
            else
              ASSERT_EQ(out.get(i), want.get(0)) << values[i];
          }
        });
  }
}

TEST(KernelBuilder, Silu) {
  std::vector<float> values = {0.f,    -0.f,  88.f,   -88.f,  200.f,
                               -200.f, 1e30f, -1e30f, 1e-30f, -1e-30f};
  for (int i = 0; i < 22; ++i)
    values.push_back(float(i - 11) * 0.37f);
  for (int i = 0; i < 16000; ++i)
    values.push_back(float(i - 8000) * 0.01f);
  Buffer in(Element::F32, int64_t(values.size())), out(Element::F32, in.size);
  for (int64_t i = 0; i < in.size; ++i)
    in.set(i, values[i]);
  ASSERT_EQ(in.size % kVector, 0);
  eachLevel(
      Element::F32, Element::F32, in, out,
      [](KernelBuilder &k, mlir::Value v) {
        return k.apply(Function::Silu, v);
      },
      [&](const Capabilities &) {
        for (int64_t i = 0; i < in.size; ++i) {
          double x = values[i], want = x / (1 + std::exp(-x));
          // Below -87 the result is less than 1e-35 and may be zero.
          ASSERT_NEAR(out.get(i), want, std::abs(want) * 0x1p-20 + 1e-35) << x;
        }
      });
}

/// The largest error of `apply` over many x, in units of `scale(x, want)`
/// times 2^-23.
double
worstError(llvm::function_ref<mlir::Value(KernelBuilder &, mlir::Value)> apply,
           llvm::function_ref<double(double)> exact,
           llvm::function_ref<double(double, double)> scale) {
  std::vector<float> values = {0.f,  -0.f,  1e-30f, -1e-30f, 1e30f, -1e30f,
                               88.f, -88.f, 200.f,  -200.f,  9.f,   -9.f};
  for (int i = 0; i < 40004; ++i)
    values.push_back(float(i - 20002) * 0.0007f);
  Buffer in(Element::F32, int64_t(values.size())), out(Element::F32, in.size);
  for (int64_t i = 0; i < in.size; ++i)
    in.set(i, values[i]);
  EXPECT_EQ(in.size % kVector, 0);
  double worst = 0;
  eachLevel(
      Element::F32, Element::F32, in, out, apply, [&](const Capabilities &) {
        for (int64_t i = 0; i < in.size; ++i) {
          double want = exact(values[i]);
          double error = std::abs(out.get(i) - want);
          EXPECT_FALSE(std::isnan(out.get(i))) << values[i];
          if (error > 0)
            worst = std::max(worst, error / (scale(values[i], want) * 0x1p-23));
        }
      });
  return worst;
}

double ofResult(double, double want) { return std::abs(want) + 0x1p-126; }
double ofArgument(double x, double) { return std::abs(x) + 0x1p-126; }

TEST(KernelBuilder, Tanh) {
  double worst =
      worstError([](KernelBuilder &k,
                    mlir::Value v) { return k.apply(Function::Tanh, v); },
                 [](double x) { return std::tanh(x); }, ofResult);
  EXPECT_LE(worst, 4);
}

// What is lost in 1 + erf(x) for negative x is lost in any f32 code; of x the
// error is small.
TEST(KernelBuilder, Gelu) {
  double worst = worstError(
      [](KernelBuilder &k, mlir::Value v) {
        return k.apply(Function::Gelu, v);
      },
      [](double x) { return x * 0.5 * std::erfc(-x * M_SQRT1_2); }, ofArgument);
  EXPECT_LE(worst, 2);
}

TEST(KernelBuilder, GeluTanh) {
  double worst = worstError(
      [](KernelBuilder &k, mlir::Value v) {
        return k.apply(Function::GeluTanh, v);
      },
      [](double x) {
        return x * 0.5 *
               (1 + std::tanh(std::sqrt(M_2_PI) * (x + 0.044715 * x * x * x)));
      },
      ofArgument);
  EXPECT_LE(worst, 2);
}

TEST(KernelBuilder, Relu) {
  double worst =
      worstError([](KernelBuilder &k,
                    mlir::Value v) { return k.apply(Function::Relu, v); },
                 [](double x) { return std::max(x, 0.0); }, ofResult);
  EXPECT_EQ(worst, 0);
}

TEST(KernelBuilder, SoftCap) {
  double worst = worstError(
      [](KernelBuilder &k, mlir::Value v) { return k.softCap(v, 30.0); },
      [](double x) { return 30 * std::tanh(x / 30); }, ofResult);
  EXPECT_LE(worst, 5);
}

TEST(KernelBuilder, SumOfLanesIsPairwise) {
  Buffer in(Element::F32, 16), out(Element::F32, 16);
  // In any other order the small terms are lost or the large ones remain.
  const float values[16] = {1e8f,  1, 2, 3,  4,  5,  6,  7,
                            -1e8f, 8, 9, 10, 11, 12, 13, 14};
  for (int i = 0; i < 16; ++i)
    in.set(i, values[i]);
  eachLevel(
      Element::F32, Element::F32, in, out,
      [](KernelBuilder &k, mlir::Value v) {
        return k.broadcast(k.sumLanes(v));
      },
      [&](const Capabilities &) { EXPECT_EQ(out.get(0), 105); });
}

} // namespace
