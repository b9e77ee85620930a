// Compares the outputs of the parity program:  parity_report [--may-skip LABEL]... LABEL=FILE...
// Prints a table case x target and fails at any difference. The first file says which cases there are; every
// other must have them all, equal, but that targets named by --may-skip may print `skipped` (too little RAM)
// or leave a case out (too little flash).
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

struct Target {
    std::string label;
    std::vector<std::string> order;            // of the cases
    std::map<std::string, std::string> cases;  // name -> the rest of its line
};

bool read_target(const std::string& label, const std::string& path, Target* out) {
    std::ifstream in(path);
    if (!in) return false;
    out->label = label;
    const std::string prefix = "case ";
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.compare(0, prefix.size(), prefix) != 0) continue;
        const std::size_t end = line.find(' ', prefix.size());
        const std::string name = line.substr(prefix.size(), end - prefix.size());
        out->order.push_back(name);
        out->cases[name] = end == std::string::npos ? "" : line.substr(end + 1);
    }
    return true;
}

bool starts_with(const std::string& text, const char* with) { return text.rfind(with, 0) == 0; }

}  // namespace

int main(int argc, char** argv) {
    std::set<std::string> may_skip;
    std::vector<Target> targets;
    int wrong = 0;
    for (int i = 1; i < argc; i++) {
        const std::string arg = argv[i];
        const std::size_t equals = arg.find('=');
        if (arg == "--may-skip" && i + 1 < argc) {
            may_skip.insert(argv[++i]);
        } else if (equals == std::string::npos) {
            std::fprintf(stderr, "usage: parity_report [--may-skip LABEL]... LABEL=FILE...\n");
            return 2;
        } else {
            Target t;
            if (!read_target(arg.substr(0, equals), arg.substr(equals + 1), &t)) {
                std::printf("FAILED %s: no output: %s cannot be read\n", arg.substr(0, equals).c_str(),
                            arg.c_str() + equals + 1);
                wrong++;
            } else {
                targets.push_back(t);
            }
        }
    }
    if (targets.empty() || targets[0].order.empty()) {
        std::printf("FAILED: no cases to compare with\n");
        return 1;
    }
    const Target& first = targets[0];
    std::printf("%-20s %6s  %-16s", "case", "tokens", "digest");
    for (const Target& t : targets)
        std::printf(" %*s", static_cast<int>(std::max<std::size_t>(t.label.size(), 4)), t.label.c_str());
    std::printf("\n");
    std::string problems;
    for (const std::string& name : first.order) {
        const std::string& expected = first.cases.at(name);
        char tokens[16] = "?", digest[20] = "?";
        if (std::sscanf(expected.c_str(), "tokens %15s digest %19s", tokens, digest) != 2) {
            problems += "FAILED " + first.label + ", case " + name + ": " + expected + "\n";
            wrong++;
        }
        std::printf("%-20s %6s  %-16s", name.c_str(), tokens, digest);
        for (const Target& t : targets) {
            const auto found = t.cases.find(name);
            const bool excused = may_skip.count(t.label) > 0;
            const char* mark = "=";
            if (found == t.cases.end() || starts_with(found->second, "skipped")) {
                mark = excused ? "-" : "NONE";
                if (!excused)
                    problems += "FAILED " + t.label + ", case " + name + ": " +
                                (found == t.cases.end() ? "missing" : found->second) + "\n";
            } else if (found->second != expected) {
                mark = "DIFF";
                problems += "FAILED " + t.label + ", case " + name + ": " + found->second + ", but " +
                            first.label + " has " + expected + "\n";
            }
            if (*mark == 'N' || *mark == 'D') wrong++;
            std::printf(" %*s", static_cast<int>(std::max<std::size_t>(t.label.size(), 4)), mark);
        }
        std::printf("\n");
    }
    for (const Target& t : targets)
        for (const std::string& name : t.order)
            if (first.cases.find(name) == first.cases.end()) {
                problems +=
                    "FAILED " + t.label + ", case " + name + ": " + first.label + " does not have it\n";
                wrong++;
            }
    std::printf("\n%s", problems.c_str());
    if (wrong == 0)
        std::printf("Every target gives the same bits. '-': the target is too small for the case.\n");
    return wrong > 0;
}
