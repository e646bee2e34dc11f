/** The native layer over libtorch; resources only. */
module dev.mmgen.natives {}
