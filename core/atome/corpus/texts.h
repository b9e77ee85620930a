// The grammars' texts, in the notation of grammar.h. Internal to this folder.
#pragma once

#include <string_view>

namespace atome::corpus {

extern const std::string_view kStoriesWords;      // shared by all plots
extern const std::string_view kStoriesPlots;      // rule `first_plots`, one option per plot
extern const std::string_view kStoriesMorePlots;  // rule `plot`: all plots
extern const std::string_view kThermostatText;    // rule `item`

}  // namespace atome::corpus
