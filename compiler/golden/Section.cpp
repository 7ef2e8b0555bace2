//===- Section.cpp - Goldens as bytes of an artifact ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/golden/Golden.h"
#include "runtime/schema/golden_generated.h"

using namespace swage;
using namespace swage::golden;

/// What has computed them, whatever machine it was: code for the least capable
/// level of either architecture gives the same bits.
static constexpr char kReference[] = "cpu, f32";

std::vector<uint8_t> golden::encode(llvm::ArrayRef<Golden> goldens) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<schema::Golden>> all;
  for (const Golden &golden : goldens) {
    std::vector<flatbuffers::Offset<schema::GoldenResult>> results;
    for (const Result &result : golden.results) {
      auto name = builder.CreateString(result.name);
      results.push_back(schema::CreateGoldenResult(
          builder, name, builder.CreateVector(result.values)));
    }
    auto entryPoint = builder.CreateString(golden.entryPoint);
    auto tokens = builder.CreateVector(golden.tokens);
    all.push_back(schema::CreateGolden(builder, entryPoint, tokens,
                                       builder.CreateVector(results)));
  }
  auto target = builder.CreateString(kReference);
  schema::FinishGoldensBuffer(
      builder,
      schema::CreateGoldens(builder, target, builder.CreateVector(all)));
  return {builder.GetBufferPointer(),
          builder.GetBufferPointer() + builder.GetSize()};
}

llvm::Expected<std::vector<Golden>>
golden::decode(llvm::ArrayRef<uint8_t> bytes) {
  flatbuffers::Verifier verifier(bytes.data(), bytes.size());
  if (!schema::VerifyGoldensBuffer(verifier))
    return llvm::createStringError("section 'goldens': its structure is "
                                   "damaged");
  const schema::Goldens &stored = *schema::GetGoldens(bytes.data());
  std::vector<Golden> goldens;
  for (const schema::Golden *from : *stored.goldens()) {
    Golden &golden = goldens.emplace_back();
    golden.entryPoint = from->entry_point()->str();
    golden.tokens.assign(from->tokens()->begin(), from->tokens()->end());
    for (const schema::GoldenResult *result : *from->results())
      golden.results.push_back(
          {result->name()->str(),
           {result->values()->begin(), result->values()->end()}});
  }
  return goldens;
}
