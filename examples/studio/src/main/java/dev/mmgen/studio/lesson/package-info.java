/** Fine-tuning from the page: models that learn from folders of pictures on the server. */
@NullMarked
package dev.mmgen.studio.lesson;

import org.jspecify.annotations.NullMarked;
