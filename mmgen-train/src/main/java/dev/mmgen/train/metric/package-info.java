/**
 * The field's metrics of pictures, in float64, each with the source of its formula.
 *
 * <table>
 * <caption>Metrics</caption>
 * <tr><th>class</th><th>measures</th><th>formula</th><th>source</th></tr>
 * <tr><td>{@link dev.mmgen.train.metric.DepthMetrics}</td><td>depth p against g, once {@code min Σ(s·p + t − g)²} has
 *   set scale and shift</td>
 *   <td>AbsRel {@code mean |p−g|/g}; δₖ {@code share of max(p/g, g/p) < 1.25ᵏ}; RMSE; log10 {@code mean |log₁₀ p/g|};
 *   SILog {@code 100·√(mean d² − (mean d)²), d = ln p/g}</td>
 *   <td>Eigen et al. 2014 (1406.2283), KITTI's SILog, alignment of Ranftl et al. 2020 (1907.01341)</td></tr>
 * <tr><td>{@link dev.mmgen.train.metric.NormalMetrics}</td><td>angles between normals</td>
 *   <td>mean, median, RMSE in degrees; shares under 5, 7.5, 11.25, 22.5 and 30°</td>
 *   <td>Eigen and Fergus 2015 (1411.4734), Bae and Davison 2024 (2403.00712)</td></tr>
 * <tr><td>{@link dev.mmgen.train.metric.SegmentationMetrics}</td><td>masks with fixed labels</td>
 *   <td>mean over classes of {@code |A∩B| / |A∪B|}</td><td>Everingham et al., Pascal VOC</td></tr>
 * <tr><td>{@link dev.mmgen.train.metric.MatchedSegmentationMetrics}</td><td>masks that only tell segments apart</td>
 *   <td>the same for true segments, after the {@linkplain dev.mmgen.train.metric.Assignment pairing} with the largest
 *   sum</td><td>Kuhn 1955</td></tr>
 * <tr><td>{@link dev.mmgen.train.metric.distribution.FrechetDistance}</td><td>distributions of features (FID, sFID, FDD)</td>
 *   <td>{@code |μ₁−μ₂|² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½)}</td><td>Heusel et al. 2017 (1706.08500)</td></tr>
 * <tr><td>{@link dev.mmgen.train.metric.distribution.PrecisionRecall}</td><td>how true and how varied samples are</td>
 *   <td>share of one set inside the k-nearest-neighbour balls of the other</td>
 *   <td>Kynkäänniemi et al. 2019 (1904.06991)</td></tr>
 * </table>
 *
 * <p>Pictures become numbers by {@link dev.mmgen.train.metric.DepthMetrics#levels}, {@link
 * dev.mmgen.train.metric.NormalMetrics#decode} and {@link dev.mmgen.train.metric.Palette}; images become features by any
 * extractor that is given to a {@link dev.mmgen.train.metric.distribution.FeatureSink}. Each metric states its value for
 * nothing to measure, and returns its figures as a {@link dev.mmgen.train.metric.MetricTable}. {@link
 * dev.mmgen.train.metric.adm} exchanges images and statistics with ADM's evaluation.
 */
@NullMarked
package dev.mmgen.train.metric;

import org.jspecify.annotations.NullMarked;
