//===- WrapperTest.cpp - swage.hpp, without exceptions --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToyModel.h"
#include "swage/swage.hpp"
#include <gtest/gtest.h>

TEST(Wrapper, RunsAModel) {
  toy::Aligned file(toy::Model().write());
  swage::Status status;
  swage::DeviceOptions options;
  options.threads = 2;
  swage::Device device = swage::Device::open(options, status);
  swage::Module module =
      swage::Module::load(device, file.data(), file.size(), status);
  swage::SessionOptions sizes;
  sizes.max_sequences = 2;
  swage::Session session = swage::Session::create(module, sizes, status);
  swage::Sequence a = session.createSequence(status);
  int32_t tokens[] = {1, 2, 3};
  swage::Logits logits = session.append(a, tokens, 3, status);
  ASSERT_TRUE(status) << status.message();
  EXPECT_EQ(logits.rows(), 1u);
  EXPECT_EQ(logits[0][4], toy::expectedLogit({1, 2, 3}, 4, 2));
  swage::Sequence b = session.fork(a, status);
  session.truncate(b, 1, status);
  EXPECT_EQ(session.length(b, status), 1u);
  EXPECT_EQ(session.length(a, status), 3u);
  EXPECT_EQ(module.section("tokenizer", status), "abc");
  EXPECT_TRUE(status);
}

TEST(Wrapper, FirstFailureStays) {
  swage::Status status;
  swage::Device device = swage::Device::open({}, status);
  swage::Module module = swage::Module::load(device, "/nonexistent", status);
  EXPECT_FALSE(module);
  swage::Session session = swage::Session::create(module, {}, status);
  EXPECT_FALSE(session);
  EXPECT_EQ(status.code(), SWAGE_NOT_FOUND);
  EXPECT_STREQ(status.message(),
               "cannot open '/nonexistent': No such file or directory");
}
