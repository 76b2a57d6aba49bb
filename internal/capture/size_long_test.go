//go:build long

package capture_test

const storm = 500
