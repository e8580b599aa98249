#include "zoo/literature.hpp"

#include <array>

namespace noyau::zoo {
namespace {

constexpr std::string_view kMobileNets = "Howard et al. 2017, tables 8 and 9";
constexpr std::string_view kResNeXt = "Xie et al. 2017, table 1";

constexpr std::array kCounts{
    PaperCount{"alexnet", 224, 60, 720, kMobileNets,
               "the printed counts are those of the two towers of 2012; this is the one tower of "
               "2014, with 64 and 192 channels in the first layers instead of 96 and 256"},
    PaperCount{"alexnet_original", 227, 60, 720, kMobileNets,
               "two towers halve the second, fourth and fifth convolution: 1.41 M weights and "
               "410.8 M multiply-adds less, 60.97 M and 724.4 M; this is one tower"},
    PaperCount{"vgg16", 224, 138, 15300, kMobileNets,
               "the convolutions alone take 15,347 M; the linear layers add 124 M"},
    PaperCount{"googlenet", 224, 6.8, 1550, kMobileNets,
               "the paper's 5x5 branch is a 3x3 here, 0.38 M weights and 84 M multiply-adds less; "
               "batch norm stands for biases; auxiliary heads are in neither count; the paper "
               "counts parameters in units of 1,024"},
    PaperCount{"resnet50", 224, 25.5, 4100, kResNeXt, ""},
    PaperCount{"resnext50_32x4d", 224, 25.0, 4200, kResNeXt, ""},
    PaperCount{"squeezenet1_0", 224, 1.25, 1700, kMobileNets,
               "twice our count at 227 pixels is 1,665 M: the printed one seems to count "
               "multiplications and "
               "additions apart"},
    PaperCount{"mobilenetv1_100", 224, 4.2, 569, kMobileNets, ""},
    PaperCount{
        "mobilenetv1_050", 160, 1.32, 76, kMobileNets,
        "the printed count leaves out the 10,944 numbers of batch norm: 1,320,648 without them"},
    PaperCount{"xception", 299, 22.86, 0, "Chollet 2017, table 3", ""},
};

}  // namespace

std::span<const PaperCount> paper_counts() { return kCounts; }

}  // namespace noyau::zoo
