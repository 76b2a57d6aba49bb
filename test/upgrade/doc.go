// Package upgrade holds a data folder of every release and the test that opens
// them all with the program as it is now (R27). The command in the folder keep
// makes them: `make release-data`.
package upgrade
