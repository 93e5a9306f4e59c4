/// What outlives the agent: one file for each attachment, and how a file is written whole. Start
/// reading at [AttachmentStore].
@NullMarked
package io.podstamp.store;

import org.jspecify.annotations.NullMarked;
