//===- Grid.cpp - Codes of several neighbouring columns -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Grid.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MathExtras.h"

namespace swage::compression {
namespace {

// The points of ggml-common.h's grids (MIT License, the ggml authors), each as
// a bit: a point's coordinates are the digits of the bit's number, that of the
// first column the lowest one. Points are numbered in that order there too.
constexpr llvm::StringLiteral kIQ2XXS = "VRUUVRBEQUEABBREABAAAAAEQAAUAEAAAAAABA"
                                        "AAUBBAQREAARQEQFAEQAAQAAAFEAAAUAAAAQAA"
                                        "QAAAQRQEQBQUAAAEAAAEAAAEAAAAAAAABBAAAA"
                                        "AAAAAAABQEEBAAQAAEEQAEARAAQEAAAQAAAAAA"
                                        "AQQAAAAAABAEQARAAAAEAAAAABAAAAAQAAAAQA"
                                        "AQAAAAAAAAAAAFAQAEAABAAAAAEQAAAAAAAAAA"
                                        "AQAAAABAAAAAAAAUBAAAAQABBQAAAAAAEBAAAA"
                                        "AAAFAAAAAAAAAAAABAQQAAAUAAAAAAQAAAAAQA"
                                        "QAAAAAAAAAAAAAAAQAAAQAAEAAAAAAAEAAAAAA"
                                        "AAAAAAAAAAAAAAAQAAAAAAUBBEQRAQARQEABAA"
                                        "QAAAAAREAABAQAAAQEAAAQAAQBAAAQAAABAAEA"
                                        "AABBAAAAAAAAAAAQAAAAAAAAAAABQEABABAAAA"
                                        "AAAEAAAAABABBAAAAAAAAAQAAAAEABBEUAAAAA"
                                        "AEAQAAAQAABAAAAAAAAQAAAAAAAABAAAAAAAAA"
                                        "AAAAQAEAAAEAAAAAAAAAAAQAAAAAAQAAAAAEEA"
                                        "QAAAAEAAAAAAAAQAAAAAAAAAAEAAAAAAAAAAAA"
                                        "QQAAAQAAAQAAQAAAAABAAAAAAAAAQAAAABAAAA"
                                        "AAEQAAAAAAAAAAAAAUAAAAAAAEAAAAAAAAAAAA"
                                        "AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                        "AAAAAAQEEAAAQAAEAAAAAEQAAEAAAAAAAAAAQA"
                                        "AAAAAAAAABREABAAQAAAAAAEAAAABAAAABAAAA"
                                        "QAQAAAAQAAAEAAAAAAAAAAAAAAAQAAAAAAAAAA"
                                        "AAABAAAAAAAAAAAEARAEAAAAAAABAEAAAAAAQA"
                                        "AAAAAAAAABAAAAAAAEAEAAAQAAAAAAAAAAAAAB"
                                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAQ"
                                        "AAAAAAAAAAAAAAAAAAAAAABAAAABAAAAQAAAAB"
                                        "AAAAAAAAAAAEAAAAAAAAAAAAAAAEAAAAAAAAAA"
                                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAA"
                                        "AAAE";

constexpr llvm::StringLiteral kIQ2XS = "VVVVUVVFQRVFAVRVVVBFQRAFAQBUURBAQQQAAQE"
                                       "AUFVFQRUVARQEAFBFQQAFAQQEAABAQQAQBQAA"
                                       "QAAAQFUFERQEARAAQEAFAQAEAABAEAAAAQAEAQA"
                                       "AAAAQAVRVUVBFQUAFAQBUURBAQQAAAVAAUBEA"
                                       "QAAAAQAAAFBFQQBFARAEAABAQQAAAQAAAAAAQAA"
                                       "EAAABAAAAAAAFBQAEQAAABAAAEQAAAAAABAAA"
                                       "AAAAAABAAAAAAABVVRBAQQAAAQAEUBAAQBAAEAA"
                                       "AABAAAAEAAAAEAABEQQBAAQAAAAAAQAAAAAQQ"
                                       "AAAAEAABAAEAAAAAAAAQQQEEAAABABAABAAAAAA"
                                       "AABAAAQAAARAAAAAARAEAUFVFQVUFERQEAFBF"
                                       "QQAFAQBEAEBAQQFAAQAAAAAAQBVFARQEABAAAQA"
                                       "FARAEAAAAAEAAAQEAQBAAAAAAABQEABABAQEA"
                                       "AAAEEAAAQQBAAAAAQAAAAAAAAAAAAFBFQRAFAQA"
                                       "EAABAQQQABQAAAAAAQAAAABAAAAAAAEAFAQQE"
                                       "ABBAAAABQQAAAAAAQBAAAAAAEAAAABAAAAQEQAB"
                                       "AQAAAAAABAAAQQAEAAAAAAAAAAAAAAABAAABA"
                                       "QQAAARAQAAEAUAAAAAAAAAAAAAAAABAABAAAAAE"
                                       "AAUAAAAAAAAAAAAAEABABAAAAABAAAAAAAAAA"
                                       "AAAAEAAAAAAAAAEAAAAAAAQAAAAAAAAABAAAABA"
                                       "QAAAAQBUFARUEAFAAAFAVAQAEEAQAAAAAAQAE"
                                       "AAAAQAEAQRRUABAAQABAAAAEAAAAAQAAAABAAAA"
                                       "EAAAAAAEAABAEAAQAAAEUAAAEBAAAAAAAAAAA"
                                       "AAAABAAAABAEBBAFAQAEAAEAAQAAAQAQAAAAAQA"
                                       "AAAAAAAAABABAAABEAAAAQRAAAAAAAAAAEAAA"
                                       "AAAUAAAAAAABAAAAAAAAAAAAAAQAAAAABAAAAAA"
                                       "BAAAAAAAAEAAAABAAAAAARQEEBAAAAAAAAQAA"
                                       "AABAEAAAAEAUAQAQAAAAAQAEAAAAQAAAAABAAAA"
                                       "AAAAAAAAAAAAAAAAAAABAAAAEAEAARQAAAAAA"
                                       "QBAEAAAAAAAABQAAAAAABQAAAAABAAE=";

constexpr llvm::StringLiteral kIQ2S = "VVVVUVVFVRUFEVVVUVBFVRQFFRRUURBQVQQAEREQ"
                                      "UFVFVVVVFVRFUVBVVRRVVRRUURBAVQQAURQE"
                                      "UBAAQBVVEVVVURABAUAFVQREURBAQAAAARQQBRAA"
                                      "AABAAFRVUVFFVRUVURRUVVVFVRUFVRQAUBRB"
                                      "QQQFABQEAFBFVRRVVRRUURBAVRUFVRQEUBAAQBQF"
                                      "ARQEABAAAEBVUQRUURBAAQAAVRQEUBAAEAAA"
                                      "BBAEABAABAAAAABUURVRQQUEAREAVFBBQAUFARQE"
                                      "ABAQAFEEAQAABQBEVRQFVRQEUBAAQBQFARQE"
                                      "ABEAAAAFAQAEAAQAAAAAERQAUBAAAEAAABUEAAAA"
                                      "AAAAEAAABEAAAAAEQAEAUFVVRVVVFRREUVBF"
                                      "VQVVVRRUURBAQRUEURQEUAAAQFVVVVRVUVBFQQBV"
                                      "VRRUURBQQQAAVRQEUBAAQAAAEBRVUVBFQQAE"
                                      "AQBUURBAQQAAAUAAUBAAQAAAAAAAAFBFVRVVVRRU"
                                      "UQBAVRUFVRQEUBAAQBQFARQEABQAAABVVRRU"
                                      "URBAQQAAVRQEUBAAQAAAABQEABEAAAAAAABUURBA"
                                      "QUAAAQAAUBAAQAAAAAAAABAAEAAAAABAAABE"
                                      "RRUFURQEQBAAQBUFARQEABAAEAAEAQAEAAEAAAAB"
                                      "URQEUBAAQAAAABQEABAQABAABAAEAAAAAAAA"
                                      "ABAAUBAAAAAAEAAAARAAAEAAAAAAAAAAAAAABAAA"
                                      "AABAQBVFERRUERBBAQBFVRRUUQBAQQBAERUA"
                                      "UBAAAAAAAFRVEVBFQQAFAQBUURBAQQAAAQEAUBAA"
                                      "UAAAAAAAABBBAQAFAQAAAEBAAQAAAQBAAAAA"
                                      "AAAABAAABUAAAAFFVRBUURBAQQAAERQAUBAQAAAA"
                                      "ABQEABAAAAAAAEBUURBAQQAAAUAAUBAAQAAA"
                                      "AAAAERAAAAAQABAAAABAQQAQAQAAAAAAUAAAAAAR"
                                      "AAAAAAAAAAAAAAAAQAAAEREQVBAAAAAABAEA"
                                      "ABAAAAQAAAAQBEAUAAAARAEAURAAQAAAAAABQBAA"
                                      "EAAAAAAAAAAAAAAAAAQAAAAAAEAAQAAAAAAA"
                                      "AAEAAAAAQAAABAAAQAEUAQAAABAAAAE=";

constexpr llvm::StringLiteral kIQ3XXS =
    "FYoFAgQAACgKBSIFAhAAARUCBYoAggAgggUgAAAAAAEACACAEIAAKIIAAAQABAAAAAAAIAAAEA"
    "AA"
    "UQAACAACAAoFChWAAQAABQIFAAAAAAAKBQIBAAAABAUAAQJAAEAAIgAAAAABAAAAABEAQAAAAi"
    "AA"
    "AAAAAAAAAAAEAAEAAAAFCkUCBAAAACoFAgEAAIgBBYIFgAEgAAACEQAAAAAAEQAAACAACAAACA"
    "CA"
    "AAIAABAAAAAAAAAAAApAAAAgAAAAAgUKAAABIAQFAAECUAAAAAoBIAAABAAEAAIACAAAAAAAAA"
    "AB"
    "gAAABEEABAAAIAAAABAAQAAACAAAAAAIAAABABCAAKAAiAAAAAAAAAAAABAAAAGAAQBBAIAAAA"
    "Ag"
    "AAAAEAAAAAACEAAAACAACAAAAQAAAAAAAAAAIAUAAQAAAAAABAAAAgAAAUEAQAAAIAAAABAABA"
    "AA"
    "AAQEAAAAAAgAAAABiAAAAAAEBAAAAgAAAAAAAAAAAAEAAAAAEAAEAAAAAAAQAFAAEAAAAAIAAA"
    "AC"
    "AACAAAAAABAAAAAAQQAAAAAAAAAAEAAAACAAAAAABAAAAAAACAAAAAAIAAIAAAAAAKgBAAQABA"
    "AA"
    "AABAAAEAAAAABAAAIAQAAAEgAAgAAAEAAAACAAIAAAAFABAAAAAAAAAAAAE=";

constexpr llvm::StringLiteral kIQ3S =
    "p1cjCKUKBZIXI4kiEAAiBKNJIhGkCgAJCCIFShAFgCIBiBIECQIAARQARQiiAEAIQAoAAgAEAA"
    "IV"
    "AEUIABEAABerBVIAUAIESxECCQIFAEEBpBEECSABBJIJghECAAQBKBQACkQRAAACCQIFAAIAAA"
    "AA"
    "kQBQAAAACgUCIAIABAGrVYoFKgWAKQWJJBIEAgAAkgAKgQKIABIlAhQKBAFAAIIACSQCAAAkEA"
    "IE"
    "gAEIAAGFAAIAACACACACQAEIAQAABKoEKpQCCAIqEAoAAQABRAEEARQAAQAAAhGKAYogAAgIQg"
    "QC"
    "AAQRAAIFIAQQQAAIAEAAAAIAAAAKAAUgAAAAABEEkQQCAQABhAoEIQgiAAAKIQIIAYAEARAKBS"
    "IA"
    "AAAABQAQgAEAAAKgAAIAAAAEAAAIABAAAAEAACEAAQgCAAAEEQQAkQRAECoEAgQAAAAEAQIIQQ"
    "AI"
    "AACEAYAAEAIgCBIAAQRAAAAAAARAAAAKAAAAAAAABAAAABQABAAAAAAAACoACgAAAQABAIEAAA"
    "AQ"
    "AAAEABAEIAQBARACAAEAAAAAACAACAAEAAkAABAAAAEAIAAAAAEAAAAACgAAAAAAAJEABUABEA"
    "QA"
    "BAIQACgAAAASQQIBAAIAAAQAACQACAAAIggBAAABAAAAAAQABAAAAAQAAAIAAAAAAQ==";

constexpr llvm::StringLiteral kIQ1S =
    "VSUUhaACQlEIRTGohiCKohoIKiAUhVAUgiBERSUVBaACgiCIGAAIgqADKqCIu6oKkKoLACIACq"
    "qM"
    "gqAIQFEIRSGIgFAUQlEIijAImKAIgCoIRSEUhSBIQlUIRQEswqAgiiYAKiSoqqII4q8ICCgoAK"
    "AC"
    "QiiqKCCogCAKmwi5uqggyq6Joq6qOnzr6rq7gg64IrrK0w6SAiIAIiCoiroKggIIACpK4KI7Ii"
    "Ar"
    "ogCBQIGqiigIIgEUhVAVgiAJRSFUhaAIAiOoOiCEgiBUQlEIoiAIlVAUAioIuKiCgKBIAiAIgq"
    "Jo"
    "ogIoqyoIhSAIgjAIRUAARSEUhaAAQlEARQEpggCKgioIoTAUBVAUgigIRSEUhSACAiCqKgAgEr"
    "GK"
    "riiouqGqqHAAggoIAigiAoQAggBIgKDqsCqqwiCLuiLq2qeLi26okrAqqnKLikQMKiBIhEAoii"
    "oI"
    "qiDIzKIioq+aoOioAgACACqoiAAggKCLoqIouqCAgjIKur64uv7roqArogiKCijqogChMgIM+"
    "qTq"
    "3u8rqC6Nvn7r+vd/v+Z9ut5p+yf/vyb6EunhiiIQqr4OhKoIsqgLgq7/"
    "uiTpg4AEYixo8qgKpCsA"
    "AioICOKqEgACgioKpiDJgomQgigAogCMgBMAgggIAGyKqqq7Aqa+"
    "iqDKAoBrly7QsukQghAuqt4o"
    "FdGlBAAKggCKgiAIAaEggqo5uiIyhKAJgBgAiqJiAoEURFEARSGsglAUQlEIqiAoqocKEioIRS"
    "EU"
    "BaAIQlEIRQEgAqBAoiIAiAAIoghqim64qqqAACAKguLIIiEIRFAUQlEJiiAVhVAUhgoIqioqgA"
    "AK"
    "QlEIRSGoAFAUQlEI4iCIggoYgioIqqKqirCLAgoqqiAogoCqCigIKACpiAIioL4LKLgIirpLsq"
    "7/"
    "uqT4rqogUihotqAw5oAKAigIImpigCAKAqqqK6rqoqmgoggIECCgiiIAgg4ARSEUhaAKQFEIRS"
    "Gp"
    "BgBKqgIIpQAQDUQUgigIRSEUBQAIgoKs8iAAAACqCigKuiDqogIAgkgJKOkUABFLRVEARQGoAl"
    "AU"
    "QlEIiCQIiCgKQAgARQEUBaACQFEIRQE=";

constexpr uint8_t kIQ2Values[] = {8, 25, 43};
constexpr uint8_t kIQ3XXSValues[] = {4, 12, 20, 28, 36, 44, 52, 62};
constexpr uint8_t kIQ3SValues[] = {1, 3, 5, 7, 9, 11, 13, 15};
/// Eighths of -1, 0 and 1, plus 8: columns are moved by an eighth.
constexpr uint8_t kIQ1Values[] = {0, 8, 16};

constexpr Grid kGrids[] = {
    {"iq2_xxs", 8, 8, 7, 8, 0.125f, kIQ2Values, kIQ2XXS},
    {"iq2_xs", 8, 9, 7, 8, 0.125f, kIQ2Values, kIQ2XS},
    {"iq2_s", 8, 10, 8, 8, 0.125f, kIQ2Values, kIQ2S},
    {"iq3_xxs", 4, 8, 7, 8, 0.25f, kIQ3XXSValues, kIQ3XXS},
    {"iq3_s", 4, 9, 8, 8, 1.0f, kIQ3SValues, kIQ3S},
    {"iq1_s", 8, 11, 1, 32, 0.125f, kIQ1Values, kIQ1S},
    {"iq1_m", 8, 11, 1, 8, 0.125f, kIQ1Values, kIQ1S}};

} // namespace

llvm::ArrayRef<Grid> Grid::all() { return kGrids; }

const Grid *Grid::find(llvm::StringRef name) {
  for (const Grid &grid : kGrids)
    if (grid.name == name)
      return &grid;
  return nullptr;
}

std::vector<int32_t> Grid::makeTable() const {
  std::vector<char> bits;
  llvm::cantFail(llvm::decodeBase64(points, bits));
  std::vector<int32_t> table;
  for (size_t point = 0; point < 8 * bits.size(); ++point) {
    if (!(bits[point / 8] >> point % 8 & 1))
      continue;
    size_t rest = point;
    for (int64_t column = 0; column < cellColumns; ++column) {
      if (column % kUnit == 0)
        table.push_back(0);
      table.back() |= int32_t(values[rest % values.size()])
                      << 8 * (column % kUnit);
      rest /= values.size();
    }
  }
  return table;
}

int64_t Grid::at(const uint8_t *codes, int64_t column) const {
  static const std::vector<std::vector<int32_t>> tables = [] {
    std::vector<std::vector<int32_t>> made;
    for (const Grid &grid : kGrids)
      made.push_back(grid.makeTable());
    return made;
  }();
  const uint8_t *cell = codes + column / cellColumns * cellColumns;
  int64_t point = cell[0] | cell[1] << 8;
  int64_t unit = column % cellColumns / kUnit;
  uint32_t four = tables[this - kGrids][point * (cellColumns / kUnit) + unit];
  int64_t value = four >> 8 * (column % kUnit) & 0xff;
  if (moves())
    return value - 8 + (cell[2] ? -1 : 1);
  uint32_t signs = codes[column / 8 * 8 + 2];
  if (bits == 7)
    signs |= uint32_t(llvm::popcount(signs) & 1) << 7;
  return signs >> column % 8 & 1 ? -value : value;
}

} // namespace swage::compression
