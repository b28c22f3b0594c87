"""What gets run: one workload a module, each file usable alone as ``unknot``'s WORKLOAD."""
