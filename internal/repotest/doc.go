// Package repotest holds the rules of this repository as tests: which package may
// import which, how large things may grow, what a document must not say. Each rule
// is a function from text to findings, run once over the tree and once over a small
// bad example, so that it is known to be able to fail. There is no code here that
// the program uses.
package repotest
