// Package archive is the catalogue of recordings: a row for every segment, and per
// camera an account of all time without a hole, recorded or gap with its cause.
//
// The catalogue is a projection of the journals that recorders keep beside the
// footage. It follows them while they grow, catches up after the database was
// away, and is made again from them, and from the segments, when rows are missing.
package archive
