//===- RotaryPhasesTest.cpp - Rotary phases against NumPy ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/RotaryPhases.h"
#include "compiler/weights/PortableMath.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace swage::transformer;
using namespace swage::weights;

namespace {

struct Frequencies {
  /// Parameters of a #transformer.rope.
  const char *rope;
  int64_t lengthClass;
  double attentionFactor;
  /// From NumPy, with the formulas of Hugging Face's modeling_rope_utils.py in
  /// double precision.
  std::vector<double> wanted;

  RopeAttr get(mlir::MLIRContext &context) const {
    context.loadDialect<TransformerDialect>();
    std::string text = "#transformer.rope<" + std::string(rope) + ">";
    return llvm::cast<RopeAttr>(mlir::parseAttribute(text, &context));
  }
};

class RotaryPhases : public testing::TestWithParam<Frequencies> {};

TEST_P(RotaryPhases, HaveTheReferencesFrequencies) {
  mlir::MLIRContext context;
  std::vector<double> found =
      getRotaryFrequencies(GetParam().get(context), GetParam().lengthClass);
  const std::vector<double> &wanted = GetParam().wanted;
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(found[i] / wanted[i], 1, 1e-13) << i;
}

TEST_P(RotaryPhases, AreProductsOfFineAndCoarse) {
  mlir::MLIRContext context;
  constexpr int64_t kPositions = 1000, kStep = 256, kRows = kStep + 4;
  RopeAttr rope = GetParam().get(context);
  auto table = makeRotaryPhases(rope, kPositions, kStep);
  int64_t pairs = rope.getDims() / 2;
  ASSERT_EQ(table->getSize(),
            uint64_t(rope.getNumLengthClasses() * kRows * pairs * 8));
  std::vector<float> values(table->getSize() / 4);
  // In pieces, as the writer asks for them.
  auto *bytes = reinterpret_cast<uint8_t *>(values.data());
  uint64_t step = table->getGranule() * 7;
  for (uint64_t at = 0; at < table->getSize(); at += step)
    table->write(at, {bytes + at, std::min(step, table->getSize() - at)});
  const float *own = &values[GetParam().lengthClass * kRows * pairs * 2];
  double scale = GetParam().attentionFactor;
  for (int64_t position = 0; position < kPositions; ++position)
    for (int64_t i = 0; i < pairs; ++i) {
      const float *fine = own + (position % kStep * pairs + i) * 2;
      const float *coarse = own + ((kStep + position / kStep) * pairs + i) * 2;
      double angle = position * GetParam().wanted[i];
      ASSERT_NEAR(fine[0] * coarse[0] - fine[1] * coarse[1],
                  scale * std::cos(angle), 3e-7);
      ASSERT_NEAR(fine[0] * coarse[1] + fine[1] * coarse[0],
                  scale * std::sin(angle), 3e-7);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Scalings, RotaryPhases,
    testing::Values(
        Frequencies{"dims = 16, theta = 1.0e+04",
                    0,
                    1.0,
                    {1.0, 0.31622776601683794, 0.1, 0.03162277660168379, 0.01,
                     0.00316227766016838, 0.001, 0.00031622776601683794}},
        Frequencies{
            "dims = 16, theta = 1.0e+04, scaling = linear, factor = 4.0",
            0,
            1.0,
            {0.25, 0.07905694150420949, 0.025, 0.007905694150420948, 0.0025,
             0.000790569415042095, 0.00025, 7.905694150420948e-05}},
        Frequencies{"dims = 16, theta = 5.0e+05, scaling = llama3, factor = "
                    "8.0, low_freq_factor = 1.0, high_freq_factor = 4.0, "
                    "original_max_positions = 64",
                    0,
                    1.0,
                    {1.0, 0.0794030091792082, 0.004700753866357992,
                     0.0009115830921521386, 0.00017677669529663688,
                     3.428102195952591e-05, 6.647869871181236e-06,
                     1.2891731721515574e-06}},
        Frequencies{"dims = 64, theta = 5.0e+05, scaling = llama3, factor = "
                    "32.0, low_freq_factor = 1.0, high_freq_factor = 4.0, "
                    "original_max_positions = 8192",
                    0,
                    1.0,
                    {1.0,
                     0.6636012376960885,
                     0.44036660267178046,
                     0.29222782257301516,
                     0.19392274474868576,
                     0.12868737343265052,
                     0.08539710028576561,
                     0.056669621445291044,
                     0.03760603093086393,
                     0.024955408670558694,
                     0.016560440080994446,
                     0.010989528534539826,
                     0.0072926647372171085,
                     0.004839421345719893,
                     0.0032114459947525913,
                     0.001290547928209264,
                     0.00042955679655936815,
                     9.70828780262767e-05,
                     1.9461638184831125e-05,
                     1.291476718704739e-05,
                     8.570255489881478e-06,
                     5.687232150457047e-06,
                     3.7740542941082826e-06,
                     2.5044671007024935e-06,
                     1.661967467795309e-06,
                     1.102883668639601e-06,
                     7.318749675440419e-07,
                     4.856731343010108e-07,
                     3.2229329303788936e-07,
                     2.138742281610915e-07,
                     1.4192720251899592e-07,
                     9.418306725434911e-08}},
        Frequencies{"dims = 16, theta = 1.0e+04, scaling = yarn, factor = 4.0, "
                    "original_max_positions = 64, attention_factor = 1.125, "
                    "beta_fast = 32.0, beta_slow = 1.0",
                    0,
                    1.125,
                    {1.0, 0.23717082451262847, 0.05, 0.007905694150420948,
                     0.0025, 0.000790569415042095, 0.00025,
                     7.905694150420948e-05}},
        Frequencies{"dims = 16, theta = 5.0e+04, scaling = yarn, factor = 8.0, "
                    "original_max_positions = 1000, beta_fast = 12.0, "
                    "beta_slow = 0.5, truncate = false",
                    0,
                    1.0,
                    {1.0, 0.2586001363063102, 0.06466507049735601,
                     0.01028275845575409, 0.0009938315799533732,
                     0.00014456187094290523, 3.738371953053052e-05,
                     9.667434966232062e-06}},
        Frequencies{"dims = 16, theta = 1.0e+04, scaling = dynamic, factor = "
                    "2.0, original_max_positions = 500, lengths = [500, 1000]",
                    0,
                    1.0,
                    {1.0, 0.31622776601683794, 0.1, 0.03162277660168379, 0.01,
                     0.00316227766016838, 0.001, 0.00031622776601683794}},
        Frequencies{"dims = 16, theta = 1.0e+04, scaling = dynamic, factor = "
                    "2.0, original_max_positions = 500, lengths = [500, 1000]",
                    1,
                    1.0,
                    {1.0, 0.27029612569240363, 0.07305999556432365,
                     0.019747833744140873, 0.005337762951858991,
                     0.001442776645751933, 0.000389976937586229,
                     0.00010540925533894597}},
        Frequencies{"dims = 8, theta = 1.0e+04, scaling = longrope, "
                    "original_max_positions = 500, attention_factor = 1.25, "
                    "short_factors = [1.0, 1.25, 1.5, 2.0], long_factors = "
                    "[1.0, 3.5, 11.25, 64.5], lengths = [500, 1000]",
                    0,
                    1.25,
                    {1.0, 0.08, 0.006666666666666667, 0.0005}},
        Frequencies{"dims = 8, theta = 1.0e+04, scaling = longrope, "
                    "original_max_positions = 500, attention_factor = 1.25, "
                    "short_factors = [1.0, 1.25, 1.5, 2.0], long_factors = "
                    "[1.0, 3.5, 11.25, 64.5], lengths = [500, 1000]",
                    1,
                    1.25,
                    {1.0, 0.028571428571428574, 0.0008888888888888889,
                     1.5503875968992248e-05}}));

TEST(PortableMath, IsTheLibrarysFunction) {
  for (double angle = 0; angle < 140000; angle = angle * 1.01 + 0.013) {
    auto [cosine, sine] = portableCosSin(angle);
    ASSERT_NEAR(cosine, std::cos(angle), 1e-15) << angle;
    ASSERT_NEAR(sine, std::sin(angle), 1e-15) << angle;
  }
  for (double base : {2.0, 1e4, 5e5, 1e6, 0.3})
    for (double exponent = -1; exponent <= 1; exponent += 1.0 / 64)
      ASSERT_NEAR(portablePower(base, exponent) / std::pow(base, exponent), 1,
                  1e-14);
  for (double x = 1e-6; x < 1e9; x *= 1.37)
    ASSERT_NEAR(portableLog(x), std::log(x),
                1e-15 * std::max(1.0, std::abs(std::log(x))));
}

} // namespace
