/// One Pod's redirect in the kernel, made and taken down whole, and the mailbox through which its
/// single owner works on it. Start reading at [PodRedirect].
@NullMarked
package io.podstamp.redirect;

import org.jspecify.annotations.NullMarked;
