//go:build !withoutlog

package chronicle

// kept says that this program keeps a log. Only the build with the tag withoutlog, which
// make bench measures the log against, keeps none.
const kept = true
