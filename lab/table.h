// The demonstration's table, at most 110 columns wide.
#pragma once

#include <string>
#include <vector>

#include "lab/scenarios.h"

namespace simbiont::lab {

// One group of rows a SIM; a row that did not end as it must is followed by what was expected of it.
std::string render_table(const std::vector<Row>& rows, bool colour);

}  // namespace simbiont::lab
