/**
 * Models as ONNX files, for runtimes on phones, in browsers and on .NET.
 *
 * <p>{@link dev.mmgen.onnx.OnnxExport} writes the transformer, the encoder and the decoder. One class per network builds its
 * computation and reads like the network's own forward pass: {@code TransformerGraph}, {@code EncoderGraph},
 * {@code DecoderGraph}.
 */
@NullMarked
package dev.mmgen.onnx;

import org.jspecify.annotations.NullMarked;
