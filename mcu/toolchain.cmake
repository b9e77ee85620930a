# Cross compiler for Cortex-M: Debian's gcc-arm-none-eabi. The core (-mcpu) is chosen per target in
# mcu/CMakeLists.txt, so that one build tree holds the images of every core.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
