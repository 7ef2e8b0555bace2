//===- TransformerOps.td - All operations of models ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_OPS_TD
#define SWAGE_DIALECTS_TRANSFORMER_OPS_TD

include "dialects/transformer/TransformerStateOps.td"
include "dialects/transformer/TransformerRowOps.td"
include "dialects/transformer/TransformerAttentionOps.td"
include "dialects/transformer/TransformerFeedForwardOps.td"
include "dialects/transformer/TransformerMoeOps.td"
include "dialects/transformer/TransformerEncoderOps.td"

#endif // SWAGE_DIALECTS_TRANSFORMER_OPS_TD
