//===- Compression.td - Encodings and layouts of weights ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_COMPRESSION_TD
#define SWAGE_DIALECTS_COMPRESSION_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Compression_Dialect : Dialect {
  let name = "compression";
  let cppNamespace = "::swage::compression";
  let summary = "how weight values are encoded and laid out";
  let description = [{
    Two separate things are said about a weight. Its *encoding* is logical: the
    element type of its tensor, such as f16 or a type of this dialect. Its
    *layout* is physical: an attribute that says in which order a target's
    kernels find the elements.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes(); void registerTypes();";
}

def Compression_EncodingTypeInterface : TypeInterface<"EncodingTypeInterface"> {
  let cppNamespace = "::swage::compression";
  let description = [{
    An element type whose elements are stored together: a block of neighbouring columns of a row has all that its values
    need.
  }];
  let methods = [
    InterfaceMethod<"Columns of a block.", "int64_t", "getBlockColumns">,
    InterfaceMethod<"Bits that a block stores.", "int64_t", "getBlockBits">
  ];
}

def Compression_CodebookType : TypeDef<Compression_Dialect, "Codebook"> {
  let mnemonic = "codebook";
  let summary = "codes that number the values of a table";
  let description = [{
    Codes of B bits for 2^B values, from code 0 on. Three values are stored five
    in a byte, as digits of base 3. Well-known tables are spelled by their
    names: `nf4`, `fp4` and `dynamic` (bitsandbytes), `iq4_nl` (GGML), `ternary`
    (-1, 0 and 1), `odd8` and `odd16` (1, 3, 5 and so on).

    Rules:
    - (C1) There are 3 values, or 2, 4, 8, and so on up to 256.
    - (C2) All of them are finite.

    Example: `!compression.codebook<nf4>`
    Example: `!compression.codebook<[-1.0, 0.0, 1.0, 2.0]>`
  }];
  let parameters = (ins "::mlir::DenseF32ArrayAttr":$values);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Compression_GridType : TypeDef<Compression_Dialect, "Grid"> {
  let mnemonic = "grid";
  let summary = "codes that number points of a grid";
  let description = [{
    The codes of GGML's types with fewer than 4 bits: 8 neighbouring columns, or
    4 of `iq3_xxs` and `iq3_s`, have the number of a point of a grid, whose
    coordinates are their magnitudes, and signs. 8 signs have 8 bits, or 7 where
    the number of negative ones is even (`iq2_xxs`, `iq2_xs`, `iq3_xxs`). In
    `iq1_s` and `iq1_m` coordinates are -1, 0 and 1, and a bit of 32 or 8
    columns says that all are an eighth less, not more.

    Rules:
    - (C1) The name is one of those and `iq2_s`.

    Example: `!compression.grid<iq2_xxs>`
  }];
  let parameters = (ins StringRefParameter<"GGML's name of the grid">:$name);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Compression_GroupType : TypeDef<Compression_Dialect, "Group",
    [DeclareTypeInterfaceMethods<Compression_EncodingTypeInterface>]> {
  let mnemonic = "group";
  let summary = "codes that share a scale in groups along a row";
  let description = [{
    The element type of a matrix whose rows are cut into groups of `size`
    columns. An element has a code, and stands for

    ```
    scale[group] * (code - zero[group]) + min[group]
    ```

    computed in f32 from left to right, where a missing `zero` or `min` is left
    out. Codes are integers of 1 to 8 bits, unsigned (`ui4`) or in two's
    complement (`i4`), as zeros are; small floats; numbers of the values of a
    `codebook`; or those of points of a `grid`. Scales and minima are floats, or are themselves in groups, along
    the groups of a row; then a scale is the product of its code and the float
    of its own group, plus the `min` of that group if it has one.

    Rules:
    - (C1) Codes are integers of 1 to 8 bits, those in two's complement
      signless, or f4E2M1FN, f8E4M3FN, f8E5M2, a `codebook` or a
      `grid`. Zeros are integers, and only codes that are integers have them.
    - (C2) Groups have 1 to 2^20 columns.
    - (C3) `scale` and `min` are f32, f16, bf16, f8E8M0FNU, f8E4M3FN, or groups
      of codes other than `grid` with scales and, it may be, minima of such a
      type and without `zero`.
    - (C4) Groups of a `grid` are whole cells, and have the same bits.

    GGML's types are instances: Q4_0 is
    `!compression.group<i4, 32, scale = f16>`, MXFP4 is
    `!compression.group<f4E2M1FN, 32, scale = f8E8M0FNU>`, and in Q4_K both
    scales and minima are groups:

    Example: `!compression.group<ui4, 32, scale = !compression.group<ui6, 8, scale = f16>, min = !compression.group<ui6, 8, scale = f16>>`
    Example: `!compression.group<!compression.codebook<nf4>, 64, scale = f16>`
  }];
  let parameters = (ins "::mlir::Type":$codes, "int64_t":$size, "::mlir::Type":$scale,
    OptionalParameter<"::mlir::IntegerType">:$zero, OptionalParameter<"::mlir::Type">:$minimum);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Compression_LayoutAttrInterface : AttrInterface<"LayoutAttrInterface"> {
  let cppNamespace = "::swage::compression";
  let description = [{ A physical order of the elements of one or several weights that share a kernel. }];
  let methods = [
    InterfaceMethod<"Bytes that the parts take in this layout, padding included.",
      "int64_t", "getStorageBytes", (ins "::llvm::ArrayRef<::mlir::RankedTensorType>":$parts)>,
    InterfaceMethod<"Why the parts cannot have this layout, or an empty string.",
      "std::string", "checkParts", (ins "::llvm::ArrayRef<::mlir::RankedTensorType>":$parts)>
  ];
}

class Compression_Layout<string name, string attrMnemonic>
    : AttrDef<Compression_Dialect, name, [DeclareAttrInterfaceMethods<Compression_LayoutAttrInterface>]> {
  let mnemonic = attrMnemonic;
}

def Compression_RowTilesAttr : Compression_Layout<"RowTiles", "row_tiles"> {
  let summary = "tiles of output rows, k by k";
  let description = [{
    A tile holds `rows` output rows over all of K. Inside it, vectors of `rows`
    by `interleave` elements follow each other, `interleave` neighbouring k of a
    row side by side:

    ```
    tile t:  | row 0: k=0..i-1 | row 1: k=0..i-1 | ... | row r-1: k=0..i-1 |
             | row 0: k=i..2i-1 | ...
    ```

    Rows and k beyond a part are zero. Each part starts a new tile. Parts follow
    each other, or with `alternating` the tiles of two neighbouring parts take
    turns: tile 0 of both, then tile 1 of both; then the next two parts, as with
    the gates and ups of several experts.

    Rules:
    - (C1) `rows` and `interleave` are positive.
    - (C2) Parts are matrices of one element type, f32, f16 or bf16, with the
      same columns.
    - (C3) With `alternating`, parts have the same shape and their number is even.

    Example: `#compression.row_tiles<rows = 16, interleave = 2, alternating>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$interleave, DefaultValuedParameter<"bool", "false">:$alternating);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Compression_GroupTilesAttr : Compression_Layout<"GroupTiles", "group_tiles"> {
  let summary = "tiles of output rows of groups of codes";
  let description = [{
    A tile holds `rows` output rows over all of K, cut into spans of columns:
    the fewest that are whole blocks of the encoding and a multiple of 64, of
    256 if codes are digits of base 3 or a `grid`, or twice as many and so on until padding
    takes a twentieth of a span at most. In a span come first the codes, 64 or
    256 columns after as many, then what its groups have:

    ```
    | codes 0..63 | codes 64..127 | ... | scale codes | zeros | min codes | scales | mins | to 64 bytes
    ```

    The codes of 4 columns of all rows are a unit of `4 * rows` bytes, 4
    neighbouring columns of a row side by side; 64 columns are 16 units. Bits
    are packed in planes, as 6 = 4 + 2, low bits first: of a plane of b bits, a
    byte holds those of 8/b units, `units * b / 8` apart. Scale codes, zeros and
    min codes are packed in the same way, with a unit of `rows` bytes for each
    group. Codes are stored as unsigned: those in two's complement of b bits
    have 2^(b-1) added. Floats follow as they are, `rows` for each group.
    Digits of base 3 are stored like a plane of 8/5 bits: a byte holds the
    digits of 5 units, 13 apart, that of the first the most significant in a
    number v below 3^5, as v * 256 / 243 rounded up: then digit i is the whole
    part of 3/256 of the last 8 bits of the byte times 3^i. The points of a
    `grid` are packed with a unit of `rows` bytes for each cell, then its bits
    with one for as many columns as share them.

    Rows beyond a part are zero. Each part starts a new tile; with `alternating`
    as in `row_tiles`.

    Rules:
    - (C1) `rows` is a positive multiple of 16.
    - (C2) Parts are matrices of one `group` type, with the same columns.
    - (C3) The columns are whole blocks of the encoding.
    - (C4) With `alternating`, parts have the same shape and their number is even.

    Example: `#compression.group_tiles<rows = 16, alternating>`
  }];
  let parameters = (ins "int64_t":$rows, DefaultValuedParameter<"bool", "false">:$alternating);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Compression_RowMajorAttr : Compression_Layout<"RowMajor", "row_major"> {
  let summary = "elements in row-major order, in 32 bits";
  let description = [{
    For vectors that kernels read once, such as norms, biases and the order of
    columns: the parts'
    elements one after the other, each part padded with zeros to a multiple of
    `pad` elements, floats widened to f32.

    Rules:
    - (C1) `pad` is positive.
    - (C2) Parts are vectors of f32, f16, bf16 or i32.

    Example: `#compression.row_major<pad = 16>`
  }];
  let parameters = (ins "int64_t":$pad);
  let assemblyFormat = "`<` `pad` `=` $pad `>`";
  let genVerifyDecl = 1;
}

def Compression_DequantizeOp : Op<Compression_Dialect, "dequantize", [Pure]> {
  let summary = "the f32 values that an encoded weight stands for";
  let description = [{
    Rules:
    - (C1) Input and result have the same shape.
    - (C2) The input's element type is f32, f16, bf16 or `group`; the result's
      is f32.

    Example:
    ```mlir
    %f = compression.dequantize %w : tensor<768x256xf16> -> tensor<768x256xf32>
    ```
  }];
  let arguments = (ins AnyStaticShapeTensor:$input);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Compression_QuantizeOp : Op<Compression_Dialect, "quantize", [Pure]> {
  let summary = "rows of floats as codes";
  let description = [{
    Each group of columns of a row gets the scale at which the largest magnitude
    in it, m, has the largest code, 127 of `i8`; the codes are x * (127 / m) to
    the nearest integer, of two the even one. Groups below 2^-119 have the scale
    0, and what is not finite makes its group's scale infinite or NaN.

    With `row_range`, R, all groups of a row have one scale, m / R where m is
    the largest magnitude in the row, and codes are x / scale to the nearest
    integer, in -128 to 127: what checkpoints were made for that quantize tokens
    as they come.

    Rules:
    - (C1) Input and result are matrices of the same shape.
    - (C2) The input's element type is f32, f16 or bf16.
    - (C3) The result's is a `group` of codes in two's complement with a float
      scale and without `zero` and `min`.
    - (C4) `row_range` is positive and finite.

    Example:
    ```mlir
    %q = compression.quantize %x : tensor<?x2048xf32> -> tensor<?x2048x!compression.group<i8, 64, scale = f32>>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, OptionalAttr<F64Attr>:$row_range);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Compression_PermuteColumnsOp : Op<Compression_Dialect, "permute_columns",
    [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "rows with their columns in another order";
  let description = [{
    Column i of the result is column `order[i]` of the input. A weight whose
    columns were sorted, so that those that share a scale are neighbours, is
    multiplied with rows in that order.

    Rules:
    - (C1) The input is a matrix with elements of type f32, f16 or bf16, and the
      result has its type.
    - (C2) `order` is a vector of i32 with an element for each column.

    Example:
    ```mlir
    %sorted = compression.permute_columns %x, %order : tensor<?x2048xf32>, tensor<2048xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, AnyStaticShapeTensor:$order);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input `,` $order attr-dict `:` type($input) `,` type($order)";
  let hasVerifier = 1;
}

#endif // SWAGE_DIALECTS_COMPRESSION_TD
