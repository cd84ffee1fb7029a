// ClusterSource
