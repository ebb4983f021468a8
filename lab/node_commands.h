// simbiont-lab ulr, pur, nor, ecr, listen: one message of an MME or SGSN, and what the HSS asks of it.
#pragma once

#include <string>
#include <vector>

#include "lab/arguments.h"

namespace simbiont::lab {

struct NodeArguments {
  ConnectionArguments connection;
  std::string imsi, imei, sgsn_number;
  std::vector<std::string> features;
  bool sgsn = false, combined = false, gprs = false, single = false, initial = false, without_data = false;
  bool mme_part = false, sgsn_part = false;
  double stay_s = 0;        // how long to listen after the answer
  std::uint64_t count = 0;  // ends listening after as many requests; 0: does not
};

void add_node_commands(CLI::App& app, NodeArguments& arguments);
// name: of one of those commands.
bool is_node_command(const std::string& name);
Exit run_node_command(const std::string& name, const NodeArguments& arguments);

}  // namespace simbiont::lab
